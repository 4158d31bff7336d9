"""What makes a page: words in two languages, claims, exercises, records, figures. It knows no model."""
