-- Tests of the direct line to an agent: `trunkline flow test`.

test("they talk", function(t)
  t:leg{ trunk = "agents", to = "agent", after = "3s", talks = "30s" }
  local caller = t:call("agent")
  caller:hears("One moment")
  caller:ended{ cause = "normal", by = "flow" }
  t:ok(caller.result.seconds > 30)
end)

test("nobody is there", function(t)
  local told = {
    busy = "all our agents are busy",
    no_answer = "nobody answers at the moment",
    rejected = "the agent cannot take your call",
    unreachable = "I cannot connect you",
  }
  for outcome, text in pairs(told) do
    t:leg(outcome, { to = "agent" })
    local caller = t:call("agent")
    caller:hears(text)
    caller:hears("go back to the menu")
    caller:hears_out()
    caller:says("no thanks")
    caller:ended{ by = "flow" }
  end
end)

test("nobody answers within half a minute", function(t)
  local caller = t:call("agent")
  caller:hears("nobody answers", { within = "50s" })
end)

test("back to the menu", function(t)
  t:leg("busy")
  local caller = t:call("agent")
  caller:hears("go back to the menu")
  caller:presses("1")
  caller:hears("Welcome to Trunkline Bank")
  caller:presses("2")
  caller:at("balance")
end)

test("in Chinese", function(t)
  t:leg("busy")
  local caller = t:call{ flow = "agent", vars = { lang = "zh" } }
  caller:hears("坐席全忙")
  caller:hears("返回主菜单")
  caller:hears_out()
  caller:says("好的")
  caller:hears("欢迎致电")
end)

test("the caller hangs up while it rings, and while they talk", function(t)
  t:leg("answer", { after = "5s" })
  local caller = t:call("agent")
  caller:hears("One moment")
  caller:hears_out()
  caller:waits("2s")
  caller:hangs_up()
  caller:ended{ by = "caller" }

  caller = t:call("agent")
  caller:waits("20s")
  caller:hangs_up()
  caller:ended{ by = "caller" }
end)
