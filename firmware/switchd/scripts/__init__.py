"""What happens to a caller at each kind of place, as coroutines that read as the caller hears
them. A script ends by returning the next destination, or None when the call is over."""
