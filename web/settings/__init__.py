"""The site configuration in the console: drafts, forms for every section, review, history."""
