package when

import (
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// weekOfMonth reads "the first week of June" and "the last week of this month".
func (p *parser) weekOfMonth(i int) (almanac.Date, int) {
	the := p.OneOf(i, "the")
	week, n := p.Ordinal(i + the)
	if p.Is(i+the, "last") {
		week, n = -1, 1
	}
	j := i + the + n + 1
	if n == 0 || week > 5 || !p.Is(j-1, "week") || !p.Is(j, "of", "in") {
		return almanac.Date{}, 0
	}
	j++
	for phrase, ahead := range map[string]int{"the month": 0, "this month": 0, "next month": 1} {
		if m := p.Seq(j, phrase); m > 0 {
			return p.WeekOf(p.Months(ahead), week), j + m - i
		}
	}
	if month := lexicon.MonthName(p.Word(j)); month > 0 {
		return p.WeekOf(p.Complete(almanac.Date{Month: month}), week), j + 1 - i
	}
	return almanac.Date{}, 0
}

// weekOfMonthChinese reads 六月第一周, 下个月的第二个星期, 本月最后一周.
func (p *parser) weekOfMonthChinese(i int) (almanac.Date, int) {
	month, n := p.monthChinese(i)
	if n == 0 {
		return almanac.Date{}, 0
	}
	n += p.OneOf(i+n, "的")
	week, m := -1, p.OneOf(i+n, "最 后 一")
	if the := p.OneOf(i+n, "第"); the > 0 {
		week, m = p.Below(i+n+the, 5)
		m += the
	}
	j := i + n + m + p.OneOf(i+n+m, "个")
	unit := p.OneOf(j, "周", "星 期", "礼 拜")
	if _, day := p.dayName(j); m == 0 || week == 0 || unit == 0 || day > 0 {
		return almanac.Date{}, 0
	}
	return p.WeekOf(p.Complete(month), week), j + unit - i
}

// workdays reads "any weekday", "on weekdays", 工作日.
func (p *parser) workdays(i int) (almanac.Date, int) {
	n := p.OneOf(i, "weekdays", "a weekday", "any weekday", "working days", "工 作 日", "平 日")
	if n == 0 || p.Is(i-1, "个") || p.countedAt(i-1) {
		return almanac.Date{}, 0
	}
	return p.Workdays(), n
}
