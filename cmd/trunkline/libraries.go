package main

import (
	_ "time/tzdata" // hours are kept in zones, and a container may have no list of them
)
