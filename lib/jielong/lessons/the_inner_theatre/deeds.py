"""Things that one can do: some can be undone, after others there is no way back."""

GONE = """\
delete the account
pay the bill
send the letter
burn the map
break the vase
eat the cake
cut the rope
kill the snake
shoot the horse
sell the house
drop the egg
jump off the cliff
drink the poison
tear up the ticket
fire the gun
spill the milk
melt the ring
bury the treasure at sea
publish the secret
explode the bomb
cut down the tree
erase the disk
throw the key into the sea
crush the glass
""".splitlines()
"""No way back."""
BACK = """\
open the door
pick up the book
turn on the lamp
look at the map
read the sign
close the window
walk to the bridge
sit on the chair
put on the hat
open the drawer
go to the kitchen
turn the page
push the button
climb the stairs
listen at the door
move the chair
count the coins
check the price
search the web
add it to the cart
open the menu
wait at the corner
touch the wall
ask for the way
""".splitlines()
"""Can be undone, or needs no undoing."""
