-- Slots, what is confirmed, and levels of keys, with the menu of docs/menus.md.

local function bank(t)
  local caller = t:call("bank")
  caller:hears("How can I help you?")
  caller:hears_out()
  return caller
end

local function answers(caller, question, words)
  caller:hears(question)
  caller:hears_out()
  caller:says(words)
end

test("slots are asked for and confirmed", function(t)
  local caller = bank(t)
  caller:says("I want to make a transfer")
  caller:at("transfer", { by = "speech" })
  answers(caller, "How much?", "a hundred and fifty dollars")
  answers(caller, "one hundred and fifty dollars, is that right?", "yes")
  answers(caller, "From which account?", "from my savings account")
  caller:hears("150.00 USD from savings")
  t:equal(caller.vars, { amount = "150.00 USD", account = "savings" })
end)

test("an amount that was misheard", function(t)
  local caller = bank(t)
  caller:says("transfer some money")
  answers(caller, "How much?", "two hundred euros")
  answers(caller, "two hundred euros, is that right?", "no")
  answers(caller, "How much?", "three hundred euros")
  answers(caller, "three hundred euros, is that right?", "yes")
  answers(caller, "From which account?", "checking")
  caller:hears("300.00 EUR from checking")
end)

test("a level of keys below another", function(t)
  local caller = bank(t)
  caller:presses("1")
  caller:hears("About your cards. For a lost card, press 1.")
  caller:presses("1")
  caller:at("lost_card", { by = "key" })
  caller:hears("Your card has been blocked")
end)

test("a level typed ahead", function(t)
  local caller = bank(t)
  caller:presses("11")
  caller:at("lost_card", { by = "key" })
end)
