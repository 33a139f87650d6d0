"""Long work behind the pages: taken up again when a worker dies, tried again when it fails, told when it is dead."""
