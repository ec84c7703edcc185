package nlu

// senses lists the phrases of each sense, in the form of Tokens: contractions written out.
var senses = [...]string{
	content: `no one|no longer|no matter|no charge|no charges|no more than|yes or no|对 账|对 公|对 方|对 面|对 于|对 话|对 象|对 应|对 比|行 李|行 程|行 业|行 政|行 人|
		要 是|是 否 可|不 但|不 仅|不 过|不 同|不 管|好 像 有|好 多|好 几|好 吃|好 玩|好 看|能 不 能 帮|会 员|会 议|成 都|成 功|有 人|有 效|有 关|有 限|中 国|中 间|用 户|
		可 以 帮|可 以 给|能 帮|还 有|好 久|好 高|好 近|好 远|好 大|我 是 想|在 不 在|是 什 么|是 谁|是 多 少|是 哪|没 有 收 到|没 有 办|right now|right away|right after|right before|sure enough|fine print|true value|
		go ahead and|go ahead an|please go ahead and|i would like to thank|i would like to go|let us go ahead and|let us go with|let us go to|let us go over|let us go through|let us go threw|please do a|please do me|do me a|tell me a|
		no more|no reason|no sign|saying no|saying yes|they say no|they say yes|say yes in|say no in|let them know|exactly what|exactly how|exactly where|exactly when|exactly who|
		great to|great talk|great chat|great talking|great chatting|good answer|lovely to|so nice|so kind|a good one|happy you|been good`,
	aside: `that|this|it|is|are|was|were|am|i|you|we|he|she|they|my|the|a|an|of|to|be|been|would|will|so|very|completely|totally|actually|quite|just|all|
		think|believe|feel|guess|suppose|say|saying|said|mean|meant|answer|response|statement|thank|thanks|thank you|you very much|please|oh|well|um|uh|ah|er|erm|hmm|hm|okay so|
		and|now|then|one|sir|madam|ma'am|mate|dear|man|what you said|what you just said|what i want|what i meant|what i said|know|want|do|did|does|have|has|had|got|for|on|at|with|me|here|there|
		as|well|too|also|most|much|like|even|still|by|afraid|seems|seem|sounds|look|looks|information|case|thing|way|tell|telling|should|must|can|could|kind|sort|bit|little|only|
		hello|hi|hey|good morning|good afternoon|good evening|sorry|excuse me|mister|ok so|i am sorry|i am afraid|honestly|obviously|clearly|literally|yet|anymore|today|more|about|in|but|though|
		嗯 那|那|就|我|你|您|他|她|它|这|个|都|也|就 是|很|挺|非 常|真|真 的|太|的|了|啊|呀|哦|嘛|吧|呢|啦|嘞|哈|哟|哎|诶|喔|噢|呃|额|喂|你 好|您 好|谢 谢|谢 谢 你|谢 谢 您|麻 烦|麻 烦 你|麻 烦 您|
		请|不 好 意 思|对 不 起|抱 歉|应 该|好 像|大 概|我 觉 得|觉 得|我 想|先|就 这|这 个|那 个|现 在|还|还 是|其 实|说|是 这 样|这 样|那 样|们|给|给 我|帮 我|吧 啊|已 经|刚 才|一 下|目 前|暂 时|那 就|当 然 了|哈 哈|一 直|反 正|真 是`,
	truth: `yes|yeap|affirmitive|indeed|yeah|yea|ya|yep|yup|yah|aye|yes indeed|yes sir|correct|that is correct|that is right|that is true|you are right|you are correct|exactly|exactly right|precisely|absolutely|
		absolutely right|affirmative|indeed it is|indeed so|spot on|you got it|you bet|agreed|confirmed|i confirm|i can confirm|uh huh|mhm|mm hmm|of course|certainly|
		very much so|by all means|no doubt|without a doubt|without doubt|no doubt about it|who would not|
		对|对 的|对 对|对 对 对|对 呀|对 啊|对 了|对 头|没 错|没 错 没 错|没 有 错|是 的|是 的 是 的|是 呀|是 啊|是 对 的|是 我|我 是|我 就 是|是 本 人|本 人|正 是|正 确|确 认|我 确 认|我 确 定|确 定|同 意|我 同 意|错 不 了|不 会 错|就 是|就 是 的|就 是 这 个|
		就 是 这 样|是 这 个|是 这 样|是 这 样 的|没 毛 病|说 得 对|你 说 得 对|当 然|当 然 是|当 然 可 以|肯 定|肯 定 是|必 须|必 须 的|没 有 不 对|有 的|有|不 是 没 有|不 是 不 对|可 不 是|可 不 是 嘛|哪 能 不 是|不 能 不|不 得 不 说 对`,
	fine: `sure|sure thing|okay|ok|okie|alright|all right|okey|yes please|please do|go ahead|go ahead and do|go ahead and do it|go ahead and do that|go ahead and book it|go ahead and book that|go ahead please|go for it|go on|please go ahead|do it|do that|sounds good|sounds great|sounds right|sounds fine|that is fine|that is good|that is okay|that is ok|that is great|that is perfect|that works|that works for me|
		works for me|that will do|that will be fine|that would be fine|that would be great|that would be good|that would be perfect|that would be lovely|that would be awesome|that sounds good|i think so|i believe so|i guess so|i suppose so|i hope so|perfect|great|lovely|excellent|brilliant|wonderful|awesome|why not|no problem|
		not a problem|no worries|not at all a problem|no objection|no objections|i do not mind|do not mind|would not mind|i would not mind|not bad|can not complain|nothing wrong|nothing wrong with that|i have no problem with that|i have no objection|fine by me|fine with me|i am fine with that|i am okay with that|i am happy with that|let us do it|let us do that|
		let us go|i would be happy to|with pleasure|my pleasure|be my guest|makes sense|that makes sense|
		好|好 的|好 好|好 好 好|好 呀|好 啊|好 吧|好 嘞|好 哒|好 滴|好 的 好 的|可 以|可 以 的|可 以 可 以|可 以 呀|可 以 啊|可 以 吧|行|行 的|行 啊|行 吧|行 行|行 行 行|行 呀|成|成 啊|成 吧|中|要 的|我 要 的|愿 意|我 愿 意|没 问 题|没 有 问 题|没 事|没 关 系|没 意 见|没 有 意 见|没 有 异 议|没 什 么 问 题|不 反 对|不 介 意|
		不 错|挺 好|挺 好 的|蛮 好|方 便|方 便 的|知 道 了|明 白|明 白 了|了 解|收 到|就 这 样|就 这 么 办|就 这 样 吧|不 是 不 行|不 是 不 可 以|也 不 是 不 行|也 不 是 不 可 以|没 什 么 不 行|没 什 么 不 可 以|没 有 不 行|未 尝 不 可|怎 么 不 行|怎 么 不 可 以|为 什 么 不|为 什 么 不 行|为 何 不|何 乐 不 为|有 什 么 不 行|有 何 不 可|有 什 么 不 可 以|
		那 当 然|那 必 须|乐 意|同 意 的|随 时 可 以|ok 的|要 得|不 会 不 行|不 会 不 方 便|不 是 不 要|不 是 不 愿 意|不 能 说 不 行`,
	may: `i want to|i would like to|i want that|i want it|i would like that|it is|it was|yes it is|i do|i did|i am|i have|i would|i would love to|i will|we do|we are|for sure|definitely|confirm|i agree|that is it|that is me|that is the one|right|true|fact|a fact|facts|truth|valid|accurate|factual|good|fine|happy|please|no kidding|cool|nice|interested|proceed|continue|accept|accepted|approve|approved|positive|possible|tell me about it|
		是|要|我 要|需 要|我 需 要|想|我 想 要|能|能 的|会|会 的|嗯|嗯 嗯|嗯 嗯 嗯|嗯 哼|啊|哦|噢|继 续|接 受|试 试|可|满 意|喜 欢|希 望|记 得|方 便 啊|用|用 的|在|在 的|到 了|收 到 了|办|办 吧|转|转 吧|来 吧|有 啊|有 呀|懂|懂 了`,
	refusal: `no|nope|nah|naw|nay|no no|no no no|no way|no thanks|no thank you|no sir|not really|not at all|not quite|not exactly|not yet|not this time|not happening|not in the least|not particularly|not necessarily|not that i know of|never mind|absolutely not|certainly not|definitely not|of course not|
		i am all set|that is it thanks|nada|negatory|i do not think so|i think not|i do not believe so|i would rather not|rather not|i would prefer not|prefer not|
		no good|i disagree|i refuse|i decline|forget it|hell no|oh hell no|no chance|far from it|on the contrary|do not do that|please do not|no need|no need to|that is wrong|that is incorrect|
		不 是 不 是|不|不 不|不 不 不|不 是|不 是 的|不 是 吧|不 是 我|不 是 这 个|不 是 这 样|不 是 这 样 的|不 是 本 人|我 不 是|不 对|不 对 不 对|不 对 的|不 正 确|不 行|不 行 的|不 可 以|不 可|不 好|不 要|不 要 了|我 不 要|不 用|不 用 了|不 用 的|不 必|不 必 了|不 需 要|不 需 要 了|我 不 需 要|不 想|我 不 想|不 想 要|不 能|不 会|不 愿 意|不 同 意|我 不 同 意|不 确 认|不 接 受|不 方 便|不 太 方 便|不 太 好|
		不 太 对|不 太 行|不 太 想|不 大 好|不 大 对|不 怎 么 好|不 怎 么 样|不 满 意|不 喜 欢|不 记 得 有|不 在|不 成|不 中|不 转|不 办|不 办 了|不 了|不 了 谢 谢|没|没 有|没 有 了|没 有 的|没 有 啊|没 了|还 没|还 没 有|并 没 有|从 来 没 有|没 办|并 不 是|也 不 是|才 不 是|好 像 不 是|好 像 不 对|好 像 没 有|应 该 不 是|应 该 没 有|应 该 不 对|当 然 不|当 然 不 是|当 然 没 有|当 然 不 行|肯 定 不|肯 定 不 是|绝 对 不|
		绝 对 不 行|错|错 了|错 误|搞 错 了|弄 错 了|你 搞 错 了|打 错 了|说 错 了|算 了|算 了 吧|别|别 了|别 转|免 了|取 消|拒 绝|我 拒 绝|哪 有|哪 里 是|怎 么 可 能|怎 么 会|才 怪|没 兴 趣|没 需 要|没 这 回 事|没 必 要|用 不 着|没 空|没 时 间|是 错 的|不 客 气 不 用 了|no 啦|不 算|不 准|不 继 续|不 试|不 希 望|不 乐 意|不 应 该|不 知 道 也 不 想`,
	mayNot: `cancel that|cancel it|never|nothing|nothing else|none|negative|cancel|stop|decline|pass|neither|disagree|refuse|i am good|i am fine|i am okay|that is all|i meant no|wrong|incorrect|not now|not today|i will pass|ill pass|erroneous|false|untrue|inaccurate|invalid|bad|unfortunately|never again|hardly|doubt it|i doubt it|unlikely|lie|a lie`,
	turns:  `not|is not|never been`,
	unsure: `not have the answer|not have an answer|not have that information|not have that info|no earthly idea|no earthly idea at all|have to think|may be|maybe|maybe yes maybe no|perhaps|possibly|probably|not sure|i am not sure|am not sure|not too sure|not quite sure|not really sure|not so sure|not certain|i am not certain|unsure|uncertain|i do not know|do not know|dunno|idk|no idea|no clue|not a clue|who knows|can not say|could not say|hard to say|could be|might be|could go either way|either|
		either way|it depends|depends|i do not remember|do not remember|i can not remember|i forgot|i can not tell|could not tell you|not confident|not positive|i do not understand|do not understand|what do you mean|what was that|pardon|pardon me|say again|say that again|come again|what did you say|i did not hear|i did not catch|i did not get that|can you repeat|hold on|hang on|
		one moment|just a moment|just a second|give me a second|give me a minute|let me think|let me check|i will think|i have to think|need to think|i have no idea|i have no clue|have not a clue|i do not really know|do not really know|i did not quite hear|or no|or not|are you good|have you been good|i have no knowledge|no knowledge|is that right|am i right|are you sure|yes and no|yes or no|sort of|kind of|in a way|what if|
		no comment|i have a question|not decided|torn|beats me|i am not too sure|no answer|can not answer|can not decide|undecided|both|possibility|
		不 知 道|我 不 知 道|不 清 楚|我 不 清 楚|不 太 清 楚|不 确 定|我 不 确 定|不 太 确 定|不 晓 得|不 记 得|不 记 得 了|记 不 清|记 不 得|忘 了|忘 记 了|说 不 好|说 不 准|不 好 说|不 一 定|看 情 况|随 便|都 行 吧 随 便|再 说|再 说 吧|再 看 看|再 看|考 虑|考 虑 一 下|考 虑 考 虑|想 一 想|想 想|我 想 想|让 我 想 想|想 一 下|等 一 下|等 等|等 一 等|稍 等|等 会|等 一 会|可 能|可 能 吧|也 许|或 许|
		听 不 清|没 听 清|没 听 清 楚|没 听 懂|不 懂|不 明 白|不 理 解|没 明 白|什 么|什 么 意 思|你 说 什 么|啥|啥 意 思|再 说 一 遍|再 说 一 次|重 复|怎 么 了|怎 么|为 什 么|哪 个|哪|谁|多 少|几|是 不 是|对 不 对|行 不 行|好 不 好|要 不 要|可 不 可 以|可 以 不 可 以|能 不 能|有 没 有|会 不 会|是 否|是 吗|对 吗|好 吗|行 吗|可 以 吗|真 的 吗|真 的 假 的|吗|么|难 说|差 不 多 吧|无 所 谓|没 想 好|还 没 想 好|在 不|在 吗|没 决 定|还 没 决 定|拿 不 准|不 好 确 定`,
	amends: `wait|wait no|oh wait|no wait|actually|i mean|scratch that|correction|on second thought|on second thoughts|等 等 是|改 口|我 是 说|说 反 了`,
}
