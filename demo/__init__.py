"""The demo: a sports complex's year, made through the product's own workflow under a travelling clock."""
