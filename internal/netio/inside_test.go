package netio

const inside = "inside"

func enter() {}
