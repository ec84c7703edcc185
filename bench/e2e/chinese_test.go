//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// outcomes tells how a prompt ended, each time it was played.
func (s *server) outcomes(text string) (list []string) {
	s.t.Helper()
	for _, e := range s.events() {
		if e.Type == "prompt.ended" && e.Data.Text == text {
			list = append(list, e.Data.Outcome)
		}
	}
	return list
}

const (
	welcomeZH = "欢迎致电干线银行。请问您要办理什么业务?"
	welcomeEN = "Welcome to Trunkline Bank. How can I help you?"
)

// TestFillerDoesNotInterrupt: a caller hums assent into the greeting, which goes
// on where it stopped and is heard to its end; then the caller's words count.
func TestFillerDoesNotInterrupt(t *testing.T) {
	s := serve(t, setup{zh: []string{"嗯", "我想查一下余额"}})
	p := s.dial("hotline-zh", "--language", "zh-CN", "--say", "嗯嗯@1s", "--say", "我想查一下余额@13s")
	visit(t, s, p, "zh", "balance", "speech")
	if got := s.outcomes(welcomeZH); len(got) != 1 || got[0] != "finished" {
		t.Errorf("the greeting was %q, want once and finished", got)
	}
	hears(t, "the caller", p.heard(), spoken(t, "zh", welcomeZH))
}

// TestChineseConfirmed: what is not certain is asked, and yes leads there.
func TestChineseConfirmed(t *testing.T) {
	s := serve(t, setup{zh: []string{"余额够不够花", "对"}})
	p := s.dial("hotline-zh", "--language", "zh-CN", "--when-silent", "--say", "余额够不够花", "--say", "对的没错")
	answer := answerText(t, "zh", "balance")
	s.await("the caller has been answered", func() bool { return len(s.outcomes(answer)) > 0 })
	p.hangup()
	ended(t, p)
	s.cdrs(1)[0].reached(t, "balance", "speech")
	hears(t, "the caller", last(p.heard(), 7), spoken(t, "zh", answer)) // the question begins alike
	if got := s.outcomes("您是要查询余额吗?"); len(got) != 1 || got[0] != "finished" {
		t.Errorf("the question was %q, want once and finished", got)
	}
}

// TestLanguageChanges: a caller in Chinese asks for English, and goes on in it.
func TestLanguageChanges(t *testing.T) {
	s := serve(t, setup{zh: []string{"请讲英语"}})
	p := s.dial("hotline-zh", "--language", "zh-CN", "--say", "请讲英语@10s", "--dtmf", "2@18s")
	visit(t, s, p, "en", "balance", "key")
	hears(t, "the caller", p.heard(), spoken(t, "zh", welcomeZH))
}

// levels is a menu with a group, in Chinese.
const levels = `menu: levels
languages: [zh]
groups:
  - {id: cards, name: {zh: 银行卡业务}, prompt: {zh: 银行卡业务。}}
prompts:
  greeting: {zh: "请问您要办理什么业务?"}
  retry: {zh: "请换个说法。"}
  silence: {zh: "我没有听到声音。"}
  confirm: {zh: "您是要{name}吗?"}
  keys: {zh: "{name}请按{key}。"}
  human: {zh: "请稍等。"}
  goodbye: {zh: "再见。"}
nodes:
  - {id: lost, group: cards, name: {zh: 挂失}, say: {zh: "您的银行卡已经挂失。"}, examples: {zh: [我的卡丢了, 我要挂失, 卡被偷了]}}
  - {id: limit, group: cards, name: {zh: 信用卡额度}, say: {zh: "您的额度是五万元。"}, examples: {zh: [我的额度是多少, 额度太低了, 提高额度]}}
  - {id: transfer, name: {zh: 转账}, say: {zh: "请准备好账号。"}, examples: {zh: [我要转账, 给别人汇钱, 转一笔钱]}}
`

// TestLevelsOfKeys: a caller goes down a level by key and takes its second node.
func TestLevelsOfKeys(t *testing.T) {
	dir := bundle(t)
	write(t, filepath.Join(dir, "menus", "levels.yaml"), []byte(levels))
	write(t, filepath.Join(dir, "flows", "levels.lua"), []byte(`local call = ...
call:answer()
call:record()
local r = call:ask{ menu = "levels" }
call:say(r.answer)
`))
	s := serve(t, setup{scripts: dir, zh: []string{}, routes: "  - {to: levels, flow: levels, vars: {lang: zh}}\n"})
	p := s.dial("levels", "--tone", "440:1s@0s", "--dtmf", "1@3s", "--dtmf", "2@7s")
	ended(t, p)
	c := s.cdrs(1)[0]
	c.reached(t, "limit", "key")
	hears(t, "the caller", p.heard(), spoken(t, "zh", "您的额度是五万元。"))
	if said := strings.Join(s.told(), "\n"); !strings.Contains(said, "银行卡业务。挂失请按1。") {
		t.Errorf("the keys of the level were not said: %s", said)
	}
}
