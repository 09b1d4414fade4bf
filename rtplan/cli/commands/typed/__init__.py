"""Commands about regimens as they are typed; they open no file of a patient."""
