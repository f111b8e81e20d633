"""The site's configuration: where it lies, its schema, its versions."""
