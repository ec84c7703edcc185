//go:build e2e

package dtmf

// speaker is a language of espeak-ng with things that people say on the
// telephone in it.
type speaker struct {
	language string
	text     string
}

func speakers() []speaker {
	return []speaker{
		{"en-us", `Good morning, thank you for calling. I am afraid all our agents are busy at the moment, so please hold the line.
My name is Eleanor Whitfield and I would like to know why the last bill was so much higher than the one before.
You can read the number back to me: two, seven, five, nine, one, zero, three, eight, four, six.
No, I never received that letter. We moved to Beaumont Street in February, and the post still goes to the old house.
Hello? Hello, can you hear me? Oh, there you are. Yes, the line is terrible today.
Could I speak to somebody in the claims department, please? It is about the roof that came down in the storm.
Aha. Mm-hmm. Yes. No. Well, you know, maybe. I really don't know what to tell you.
Please transfer forty thousand three hundred and eleven dollars from my savings to the joint account on Tuesday.
The doctor said that he would ring before noon, but nobody has called, and I am beginning to worry.
We sell shoes, shirts, scissors, cheese and chocolate; everything else is sold at the shop across the street.`},
		{"cmn", `您好，欢迎致电客户服务中心，请问有什么可以帮您？
我想查询一下我的账户余额，还有上个月的话费账单，为什么比以前多了这么多？
我的身份证号码是三二零一零五一九八六零四一七二八三九，手机号码是一三八零零五七六二四九。
请您稍等，我帮您转接到人工服务。现在排队的人比较多，大概需要等五分钟。
喂？喂？您听得到吗？信号不太好，请您大声一点。
我们上个星期已经搬家了，新的地址在北京市朝阳区建国路八十八号。
快递还没有到，你们说好的星期三上午送货，我等了一整天。
如果您对我们的服务满意，请按一；不满意，请按二；返回主菜单，请按星号键。
医生说下午四点可以去拿检查报告，不过最好先打个电话问一下。
没关系，谢谢您，再见。`},
		{"de", `Guten Tag, Sie sprechen mit der Störungsstelle. Wie lautet bitte Ihre Kundennummer?
Siebenundzwanzig, neunhundertdreizehn, null, acht, fünf. Nein, hinten eine Fünf, keine Sechs.
Seit gestern Abend geht bei uns gar nichts mehr, weder das Telefon noch das Fernsehen.
Ich möchte bitte mit jemandem sprechen, der mir die Rechnung vom Oktober erklären kann.
Ach so, ja, das habe ich übersehen. Moment, ich hole schnell einen Zettel und einen Stift.
Der Techniker kommt übermorgen zwischen acht und zwölf Uhr, bitte lassen Sie jemanden zu Hause sein.
Schöne Grüße an Ihre Schwester, und vielen Dank für die Mühe.
Wir wünschen Ihnen ein gesundes neues Jahr und freuen uns auf ein Wiedersehen in Würzburg.`},
		{"es", `Buenos días, le atiende Mariela. ¿En qué puedo ayudarle hoy?
Quisiera cambiar la fecha de mi vuelo, porque mi hija está enferma y no podemos viajar el jueves.
Mi número de reserva es cuatro, nueve, dos, siete, siete, cero, ocho, cinco.
¿Oiga? ¿Me escucha? Se corta mucho, creo que estoy en un lugar con mala cobertura.
No, señor, el recibo de la luz ya lo pagué la semana pasada en la oficina de la calle Mayor.
Espere un momento, por favor, que voy a buscar mis gafas y los papeles del seguro.
El médico no llega hasta las once y media; si quiere, le llamo en cuanto esté libre.
Muchísimas gracias, ha sido usted muy amable. Que tenga un buen día.`},
		{"fr-fr", `Bonjour, service des abonnements, que puis-je faire pour vous ?
Je vous appelle parce que j'ai reçu deux factures pour le même mois, et je ne comprends pas pourquoi.
Alors, mon numéro de client, c'est le zéro six, quarante-deux, dix-huit, soixante-quinze, quatre-vingt-onze.
Allô ? Allô, vous m'entendez ? Il y a beaucoup de bruit autour de moi, je suis à la gare.
Oui, oui, d'accord. Non, pas du tout. Enfin, si vous le dites, je veux bien vous croire.
Le plombier devait passer lundi matin, nous sommes mercredi et il y a toujours de l'eau dans la cave.
Pouvez-vous me passer la directrice, s'il vous plaît ? C'est au sujet de la réunion de demain.
Merci infiniment, bonne soirée, et à bientôt peut-être.`},
		{"it", `Pronto, buongiorno, chi parla? Qui è lo studio del notaio Ferraris.
Vorrei sapere a che punto è la mia pratica, perché aspetto una risposta ormai da tre settimane.
Il codice è settecentoquarantuno, poi una barra, e poi duemilaventicinque.
Mi scusi, non ho capito bene, può ripetere più lentamente? Qui c'è un rumore terribile.
La macchina si è fermata sull'autostrada poco dopo Bologna, e adesso aspettiamo il carro attrezzi.
Va bene, allora ci sentiamo domani mattina, mi raccomando, non se ne dimentichi.
Nonna diceva sempre che le mele migliori maturano in alto, vicino al sole.`},
		{"ru", `Здравствуйте, вы позвонили в службу поддержки, меня зовут Ольга, чем могу помочь?
Я хотела бы узнать, почему со счёта сняли деньги два раза за один и тот же заказ.
Номер договора: пять, восемь, ноль, четыре, девять, один, один, семь.
Алло, алло, вас совсем не слышно, перезвоните, пожалуйста, через десять минут.
Мы переехали ещё весной, а письма до сих пор приходят на старую квартиру.
Мастер обещал прийти в среду утром, но никто так и не появился.
Большое спасибо, вы мне очень помогли, всего вам доброго.`},
	}
}
