"""Things to do, for questions that begin with "How do I": in the kitchen and elsewhere."""

COOKING = """\
bake bread
cook rice
make soup
fry an egg
grill fish
boil pasta
roast a chicken
make a salad
""".splitlines()
OTHER = """\
fix a bike
learn French
plant a tree
paint a wall
tie a knot
swim faster
clean a window
read a map
""".splitlines()
