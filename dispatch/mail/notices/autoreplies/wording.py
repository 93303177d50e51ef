"""What machines write when they answer for people, as data: a table for each thing that is said.

Each entry is a pattern for text on one line in lower case, with straight apostrophes: in English,
in Welsh, then in the languages of Outlook and of other public bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final


def one_of(*tables: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that matches what any entry of some tables matches."""
    return re.compile("|".join(f"(?:{each})" for table in tables for each in table))


SUBJECTS: Final = (
    r"auto(?:matic|mated|matisk|matica)?[\s:_-]{0,3}(?:reply|respon\w*|answer|acknowledg\w*)",
    r"auto\s?:",
    r"out\s+of\s+(?:the\s+)?office",
    r"ooo\b",
    r"on\s+(?:annual\s+)?leave",
    r"vacation",
    r"i\s+am\s+away",
    r"away\s+from",
    r"(?:ymateb|ateb)\s+awtomatig",
    r"allan\s+o'r\s+swyddfa",
    r"abwesen",
    r"automatische\s+antwort",
    r"r[ée]ponse\s+automatique",
    r"absence\s+du\s+bureau",
    r"absent\b",
    r"respuesta\s+autom",
    r"fuera\s+de\s+(?:la\s+)?oficina",
    r"risposta\s+automatica",
    r"fuori\s+(?:ufficio|sede)",
    r"resposta\s+autom",
    r"automatisch\s+antwoord",
    r"afwezig",
    r"(?:ik ben )?niet\s+(?:aanwezig|op\s+kantoor)",
    r"auto(?:matisch)?[\s:-]{0,3}(?:antwort|antwoord)",
    r"(?:ich bin )?nicht\s+im\s+(?:büro|haus)",
    r"y tu allan i'r swyddfa|nid wyf yn y swyddfa|ddim yn y swyddfa",
    r"ausente\b|aus[êe]ncia\b|de\s+vacaciones|de\s+f[ée]rias|fora\s+do\s+escrit[óo]rio",
    r"assente\b|assenza\b|in\s+ferie",
    r"poza\s+biurem|(?:jestem )?na\s+urlopie",
    r"ikke\s+til\s+stede|ikke\s+på\s+kontoret|inte\s+på\s+kontoret|fr[åa]nvar(?:o|ande)",
    r"poissa\b|lomalla\b|poissaolo",
    r"mimo\s+kancel[áa][řr]|nep[řr][íi]tomn",
    r"h[áa]zon\s+k[íi]v[üu]l|nem\s+vagyok\s+az\s+irod[áa]ban",
    r"of[iı]s\s+d[ıi][şs][ıi]nda|izinde\b",
    r"εκτ[όο]ς\s+γραφε[ίι]ου|απουσ[ίι]α",
    r"нет\s+на\s+месте|вне\s+офиса|отсутств|в\s+отпуске",
    r"as\s+oifig",
    r"plecat\s+din\s+birou|[îi]n\s+concediu",
    r"auto(?:matisk(?:t)?)?[\s-]?svar",
    r"frav[æa]r",
    r"odpowied[źz]\s+automatyczna",
    r"automatyczna\s+odpowied[źz]",
    r"autoodpowied[źz]",
    r"nieobecno",
    r"автоматическ\w+\s+ответ",
    r"автоответ",
    r"автоматична\s+відповідь",
    r"автоматичен\s+отговор",
    r"automatick[áa]\s+odpov[eě]",
    r"automaattinen\s+vastaus",
    r"otomatik\s+(?:yan[ıi]t|cevap)",
    r"αυτ[όο]ματη\s+απ[άα]ντηση",
    r"automatikus\s+v[áa]lasz",
    r"r[ăa]spuns\s+automat",
    r"automatski\s+odgovor",
    r"samodejni\s+odgovor",
    r"automaatvastus",
    r"autom[āa]tisk[āa]\s+atbilde",
    r"automatinis\s+atsakymas",
    r"freagra\s+uathoibr",
    r"自動応答",
    r"自動返信",
    r"不在",
    r"自动答复",
    r"自动回复",
    r"自動回覆",
    r"자동\s*(?:회신|응답)",
    r"رد\s+تلقائي",
    r"(?:תשובה|מענה)\s+אוטומטי",
)
"""How a subject begins that a machine put there."""

SAYS_SO: Final = (
    r"this is an? auto",
    r"this (?:\w+ ){0,3}(?:was|is|has been) (?:sent |being sent )?automatically",
    r"this (?:e-?mail|message|response|reply) (?:is|was|has been) auto",
    (
        r"(?:^|[.!*:] )(?:please note:? )?(?:an )?automat(?:ed|ic) (?:e-?mail|response|reply|message"
        r"|acknowledg)"
    ),
    r"(?:^|[.!*] )automatically generated",
    r"via the vacation program",
    r"neges awtomatig yw hon",
    r"dies(?:e|es) ist eine automatisch",
    r"ceci est (?:une r[ée]ponse|un message) automatique",
)

ABSENT_IN_PERSON: Final = (
    (
        r"i(?: am|'m| will be| shall be)(?: now| currently| presently)? (?:out of (?:the |my )?office"
        r"|away(?: from| until| on| at)|on (?:\w+ )?leave|on (?:my )?(?:holiday|vacation)|not in the office"
        r"|on (?:a |an )?(?:career break|secondment|jury (?:service|duty)|sabbatical|training course)|off (?:sick|work)"
        r"|unavailable|absent)"
    ),
    r"i (?:only |currently |usually |normally )?work (?:on )?(?:part[\s-]time|mon|tue|wed|thu|fri)",
    r"my (?:normal |usual |regular )?working (?:days|hours|pattern) (?:are|is)",
    r"nid (?:wyf|ydw i)(?: i)? yn (?:y swyddfa|gweithio|y gwaith)|(?:dydw i|dwi) ddim yn y swyddfa",
    (
        r"(?:rwyf|rydw i|dwi|dw i|byddaf|bydda i)(?: i)?(?: ar hyn o bryd)?(?: yn)? ?"
        r"(?:allan o'r swyddfa|ar wyliau|i ffwrdd|ddim yn y swyddfa|ar gael)"
    ),
    r"ich (?:bin|werde|befinde mich)\b.{0,60}\b(?:im urlaub|im büro|abwesend|außer haus|erreichbar|im haus|in elternzeit|auf dienstreise)",
    r"je (?:suis|serai)\b.{0,40}\b(?:absent|en cong|en vacances|hors du bureau)",
    r"ik ben\b.{0,40}\b(?:afwezig|op vakantie|met (?:verlof|vakantie)|aanwezig|niet op kantoor|met vrij|vrij|bereikbaar)",
    r"est(?:ou|arei)\b.{0,40}\b(?:ausente|de f[ée]rias|fora do)",
    r"est(?:oy|ar[ée])\b.{0,40}\b(?:ausente|de vacaciones|fuera de)",
    r"(?:sono|sar[òo])\b.{0,40}\b(?:assente|in ferie|fuori (?:ufficio|sede))",
    r"(?:jestem|b[ęe]d[ęe]|przebywam)\b.{0,40}\b(?:nieobecn|na urlopie|poza biurem)",
    r"я\b.{0,40}(?:в отпуске|отсутств|вне офиса)",
    r"jag (?:är|kommer)\b.{0,40}\b(?:på semester|inte på kontoret|ledig|bortrest)",
)
"""How the first sentence of an absence begins."""

LASTS: Final = (
    r"\d",
    r"\b(?:urgent|return|back|until|absence|contact|next|respond|repl(?:y|ies)|access)\b",
    r"\b(?:tan|yn ôl|brys|dychwelyd|dringend|zurück|vertret|jusqu|retour|urgence|terug|volver|regres|rientr)",
)
"""What else the message of an absence says."""

RECEIVED: Final = (
    (
        r"(?:enquiry|query|request|case|message|e-?mail|complaint|ticket|correspondence|call|submission)\b"
        r".{0,50}\b(?:has|have|was|were|is)\s(?:now\s)?(?:been\s)?"
        r"(?:received|logged|created|opened|registered|raised|recorded|allocated|assigned|passed)"
    ),
    (
        r"(?:we|have|has|we've|council)\s(?:now\s)?(?:received|got|logged|registered|recorded)\s(?:your|the)\s"
        r"(?:enquiry|query|request|message|e-?mail|complaint|correspondence|letter)"
    ),
    r"(?:rydym|rydyn ni) wedi (?:derbyn|cael|cofnodi)",
    r"(?:neges|ymholiad|cais|cwyn|e-bost) wedi(?:'i| ei| cael ei) (?:d?derbyn|gofnodi|chofnodi|gofrestru)",
    r"acknowledge\s(?:the\s)?receipt",
    r"acknowledgement of (?:your|receipt)",
    r"\bwe have your (?:enquiry|query|request|message|e-?mail|complaint)\b",
    r"receipt of your (?:enquiry|query|request|message|e-?mail|complaint)",
    r"(?:case|ticket|request) (?:was|has been) (?:opened|created|logged|raised)",
    r"neges wedi(?:'i| ei) (?:d[de]+rbyn|chofnodi)",
)
REFERENCES: Final = (
    (
        r"\b(?:ref|reference|case|ticket|request|enquiry|incident|complaint)\b"
        r"(?:\s(?:no|number|id|code|is|of)\b){0,2}[\s.:#-]{0,4}(?:is\s)?[a-z]{0,6}[-/]?\d[\w/-]{2,}"
    ),
    r"(?:its|your|the) (?:\w+ )?(?:number|reference|ref)(?: number)? is\b",
    r"(?:unique )?reference(?: number)?: ?[#\w/-]*\d",
    r"(?:cyfeirnod|rhif (?:cyfeirnod|achos))",
    r"(?:number|case|reference|ref|ticket|request) ?[:#]? ?#\d{3,}",
    r"quote (?:it|this|the|your)\b.{0,40}\b(?:when|number|ref|if|in)",
)
PROMISES: Final = (
    r"(?:aim|endeavour|hope|try|expect) to (?:respond|reply|answer|get back|contact you)",
    r"(?:will|should) (?:be answered|be dealt with|receive (?:a|our) (?:reply|response|answer)) within",
    r"target of (?:\w+ )?(?:\d+|ten|five|fifteen|twenty) working days",
    (
        r"(?:within|in) (?:the next )?(?:\d+|two|three|five|seven|ten|fifteen|twenty)"
        r"(?: \(\d+\))? (?:working|business|calendar) (?:days|hours)"
    ),
    (
        r"(?:you will|we will|we'll) (?:receive a |respond|reply|be in touch|get back|write to you).{0,60}"
        r"\b(?:within|shortly|soon|as soon as)"
    ),
    r"\b(?:will|should) (?:contact|write to|be in touch with|reply to|respond to) you within",
    r"expect (?:a|an|our|your) (?:\w+ )?(?:reply|response|answer) (?:by|within|in)\b",
    r"ymateb.{0,40}diwrnod gwaith",
)
DO_NOT_REPLY: Final = (
    r"(?:please )?do not (?:reply|respond) to this",
    r"please do not reply\b",
    r"(?:mailbox|inbox|address|account) (?:is )?(?:not (?:be )?(?:monitored|read|checked)|unmonitored)",
    r"replies (?:to this|are not|will not)",
    r"cannot (?:receive|accept) replies",
    r"peidiwch ag ymateb",
)
RECEIPT_SUBJECTS: Final = (
    r"(?:acknowledg\w*|receipt|confirmation) (?:of|for|-) (?:your|receipt|e-?mail|enquiry|request)",
    (
        r"(?:re: )?(?:thank you|thanks) for (?:contacting|your (?:e-?mail|enquiry|message|request)"
        r"|getting in touch)"
    ),
    (
        r"(?:case|ticket|request|enquiry|incident|reference)\b.{0,12}\d{3,}.{0,30}"
        r"\b(?:opened|created|logged|received|registered|raised)"
    ),
    r"(?:we have received|we've received|received:?) your",
    r"your (?:enquiry|query|request|e-?mail|message|complaint)\b.{0,40}\b(?:received|logged)",
)
PERSONAL: Final = (
    (
        r"(?:^|[^\w'])i(?:'m|'ve|'ll|'d)?(?=[ ,])"
        r"(?! (?:chi|ni|ti|mi|fi|chwi|gael|gysylltu|ymateb|roi|ofyn|anfon|fynd|wneud|ddefnyddio|weld"
        r"|ddarllen|ddysgu|ddiolch|helpu|adrodd|sicrhau|newid|dderbyn|drefnu|fod|gyd|mewn|lawr|ffwrdd)\b)"
    ),
    r"(?:^|\W)my\b(?! ?account)",
)
"""Words of somebody who writes for themselves."""

LEFT: Final = (
    (
        r"no\slonger\s(?:work|employ|with\s|at\s|in\spost|in\srole|part\sof|in\s(?:this|the)\s"
        r"(?:role|post)|the\s(?:chief|interim|managing|town|head|leader|director|deputy))"
    ),
    (
        r"(?:has|have|i've)\s(?:now\s|recently\s|since\s|sadly\s|just\s)?(?:left|departed|retired)\b"
        r"(?!\s(?:the\soffice|for\s|work\s|a\s|my\s|on\s))"
    ),
    (
        r"(?:left|leaving|retired\sfrom|departed)\s(?:the\s)?(?:\w+\s){0,4}"
        r"(?:council|authority|company|organi[sz]ation|employment|borough|service)\b"
    ),
    r"\b(?:am|is|are|will\sbe|shall\sbe)\sleaving\b(?!\s(?:the\soffice|for\s|work\s|my\s|home|at\s))",
    r"\b(?:leaves|will\sleave)\s(?:us|the\s(?:council|authority)|[a-z]+shire|their\spost|the\spost)",
    r"moved\son\b(?!\sto\sthe\snext)",
    r"moved\sto\s(?:a|another)\s(?:new\s|different\s)?(?:role|post|position|job|organi[sz]ation|council)",
    (
        r"(?:secondment|contract|term\sof\soffice|tenure|appointment)\b.{0,60}\b"
        r"(?:come\sto\s(?:its|an|the)\send|finished|ended|has\sexpired|is\sover|ends\son|concluded)"
    ),
    r"(?:finished|completed|ended|concluded)\s(?:my|his|her|their)\s(?:secondment|contract|term)",
    (
        r"(?:post|role|position|job)\s(?:has\sbeen|have\sbeen|is\snow|was|will\sbe)\s"
        r"(?:taken\s(?:up|over|on)|filled|held|covered)\sby"
    ),
    r"last\s(?:working\s)?day\s(?:was|at|in|with)",
    r"ceased\s(?:to\swork|employment|to\sbe\s(?:the|chief))",
    r"(?:taken\sup|accepted|started|begun)\s(?:a|another)\s(?:new\s)?(?:post|role|job|position)\b",
    r"\b(?:i|he|she|they)\sleft\s(?!the\soffice|for\s|work\b|a\s|my\s|you\b|it\s)[\w' ]{2,60}\s(?:on|in)\s",
    r"(?:does\snot|do\snot|doesn't|don't)\swork\s(?:here|for\s(?:us|the)|at\sthe)\b.{0,40}\bany\s?(?:more|longer)",
    r"(?:my|his|her|their)\semployment\b.{0,60}\b(?:ended|ends|finished|to\san\send)\b",
    r"(?:stepped|stood|steps|standing|stepping)\sdown",
    r"(?:relinquish|hand)ed\sover\s(?:the|my|his|her)\s(?:role|post|duties)|vacated\s(?:the|my)\spost",
    r"(?:my|his|her|their)\s(?:replacement|successor)\s(?:is|will\sbe)",
    r"taken\s(?:early\s|ill-health\s)?retirement|taken\s(?:voluntary\s)?redundancy",
    r"is\snow\sretired",
    r"\bretir(?:es|ed|ing|ement)\s(?:on|from|in)\b",
    r"will\sretire",
    r"(?:has|have)\sbeen\ssucceeded\sby",
    r"(?:is|are)\sno\slonger\s(?:chief|employed)",
    r"bellach\syn\s(?:gweithio|gyflogedig|y\sswydd)|ddim\syn\sgweithio\s(?:yma|i'r\scyngor)\smwyach",
    r"wedi\s(?:gadael|ymddeol|symud\si\sswydd)",
    r"nicht\smehr\s(?:für|bei|im\sunternehmen|tätig|beschäftigt|in\sdiesem)",
    r"verlassen|ausgeschieden",
    r"ne\s(?:travaille|fais|fait)\splus|a\squitté|ai\squitté",
    r"ya\sno\s(?:trabaj|pertenec|forma)",
    r"niet\smeer\swerkzaam|(?:werk|werkt)\sniet\s(?:meer|langer)|uit\sdienst",
    r"non\slavor[ao]\spi[ùu]",
    r"(?:já\s)?não\strabalh\w+\s(?:mais|aqui)|já\snão\strabalh",
    r"nie\spracuj[ęe]",
    r"больше\sне\sработа",
    r"退職|異動",
)
RETIRED: Final = (
    (
        r"no\slonger\s(?:\w+\s)?(?:in\suse|monitored|active|used|valid|checked|available|accept|exist"
        r"|looked\sat|read|operational|current)"
    ),
    r"no\slonger\sbeing",
    r"not\s(?:being\s|actively\s|currently\s)?(?:monitored|in\suse|checked)|unmonitored",
    (
        r"(?:sent|written|arrives|received)\s(?:here|to\sthis\s(?:address|mailbox))\s"
        r"(?:is|are|will\sbe|will)\s(?:not|never|no\slonger)"
    ),
    r"(?:are|is|will)\snot\s(?:be\s)?(?:read|seen|looked\sat|picked\sup)",
    (
        r"(?:mailbox|inbox|address|account)\s(?:has\sbeen\s|is\s(?:now\s)?|was\s|will\sbe\s)?"
        r"(?:closed|retired|decommissioned|discontinued|withdrawn|deleted|replaced"
        r"|switched\soff|turned\soff|shut\sdown|removed|archived|deactivated)"
    ),
    r"(?:mailbox|inbox|address|account)\s(?:closes|will\sclose|is\sclosing|ceases|stops|will\sstop)",
    r"(?:address|mailbox|e-?mail)\shas\s(?:now\s)?changed",
    r"new\se-?mail\saddress\sis",
    r"(?:moved\sto|have)\sa\snew\s(?:e-?mail\s)?(?:domain|address\b.{0,30}\bplease)",
    r"(?:nobody|no\sone)\s(?:now\s)?(?:reads|monitors|checks|looks\sat)\s(?:this|the|e-?mails?)",
    r"(?:takes|took|has\staken)\sthe\splace\sof\s(?:this|that)",
    r"(?:has|have)\s(?:now\s)?been\s(?:replaced|superseded)\sby",
    r"ceased\sto\sexist|was\sabolished|(?:has|have)\sbeen\sabolished|is\snow\spart\sof|are\snow\spart\sof",
    r"(?:has|have)\s(?:now\s)?merged\s(?:with|into)",
    r"cyfeiriad\s(?:hwn\s)?(?:ddim|bellach)|bellach\syn\scael\sei\s(?:ddefnyddio|fonitro)",
    r"yn\scael\sei\s(?:ddefnyddio|fonitro|ddarllen)\s(?:mwyach|bellach)|wedi\scau\b.{0,40}blwch|blwch\spost\b.{0,40}wedi(?:'i|\sei)?\s(?:gau|chau)",
    r"wird\snicht\smehr|ist\snicht\smehr|nicht\smehr\s(?:gültig|aktiv|gelesen|verwendet)",
    r"n'est\splus|ne\ssont\splus",
    r"ya\sno\s(?:está|esta|se|existe)",
    r"niet\s(?:meer|langer)\s(?:in\sgebruik|actief|gelezen|bekeken|gebruikt)",
    r"non\s[èe]\spi[ùu]",
    r"n[ãa]o\s(?:é|e|está)\smais|já\snão\s(?:é|está)|deixou\sde",
    r"nie\s(?:jest|są)\sju[żz]|ju[żz]\snie",
    r"больше\sне\s(?:использ|провер|действ)",
    r"使用されておりません|廃止",
)
AWAY: Final = (
    r"out\sof\s(?:the\s)?office|annual\sleave|on\sleave|sick\sleave|parental\sleave|maternity",
    (
        r"on\s(?:holiday|vacation)|vacation|away\s(?:from|until|on|at)|not\sin\sthe\soffice"
        r"|left\sthe\soffice"
    ),
    r"i\s(?:am|will\sbe)\s(?:currently\s)?(?:away|absent|out\b|travel|unavailable|attending|at\sa\s)",
    r"i'm\s(?:currently\s)?(?:away|out\b|on\b|travel|attending)",
    r"will\sbe\s(?:away|out\b|back|returning|travel|attending)",
    r"attending\s(?:a|an|the)\s(?:\w+\s){0,2}(?:conference|course|training|event|meeting)",
    r"return(?:ing)?\s(?:on|to\s(?:the\soffice|work))|back\s(?:on|in\s(?:the\soffice|on))",
    r"limited\saccess|non-working",
    r"(?:do\snot|don't)\swork\s(?:on\s)?(?:mon|tue|wed|thu|fri)",
    r"\bi\s(?:only\s|usually\s|currently\s)?work\s(?:on\s)?(?:part[\s-]time|mon|tue|wed|thu|fri)",
    r"my\s(?:normal\s|usual\s)?working\s(?:days|hours|pattern|week)",
    r"when\si\sam\s(?:next|back)\s(?:in|at)",
    r"offices?\b(?:\sof\s[^.]{1,60}?)?\s(?:is|are|will\sbe)\s(?:now\s|all\s)?(?:closed|shut)",
    r"working\spart[\s-]time|\b(?:at|on)\s(?:a|an|the)\s(?:\w+\s){0,3}(?:conference|course|away\sday)\b",
    r"career\sbreak|secondment|study\sleave|jury\s(?:service|duty)|compassionate\sleave|paternity|sabbatical",
    r"\boff\s(?:sick|work|ill|today|this\sweek|until|on\s(?:sick|leave))",
    r"(?:council|we)\s(?:is|are|will\sbe)\s(?:now\s)?closed",
    r"allan\so'r\sswyddfa|ar\swyliau|ddim\syn\sy\sswyddfa|nôl\syn\sy\sswyddfa|yn\sôl\syn\sy\sswyddfa",
    r"nid\s(?:wyf|ydw\si)(?:\si)?\syn\s(?:y\sswyddfa|y\sgwaith|gweithio\sar)|i\sffwrdd\b|byddaf\syn\s(?:dychwelyd|ôl|ei\sôl)|ar\sabsenoldeb",
    r"abwesen|im\surlaub|nicht\sim\s(?:büro|haus)|außer\shaus|in\s(?:elternzeit|mutterschutz)|dienstreise|erkrankt|wieder\s(?:im|ab|zurück|erreichbar)",
    r"absent(?!ee|\svot|\sfrom\s(?:school|class))|en\scongé|en\svacances|de\sretour|en\sdéplacement|en\sarrêt|hors\sdu\sbureau",
    r"fuera\sde\s(?:la\s)?oficina|de\svacaciones|ausente|de\sbaja\b|de\spermiso",
    r"in\sferie|fuori\s(?:ufficio|sede)|assente|in\scongedo|in\smalattia",
    r"afwezig|(?:op|met)\svakantie|(?:met|wegens)\s(?:\w+\s)?verlof|niet\s(?:aanwezig|op\skantoor|op\shet\swerk)|weer\s(?:aanwezig|bereikbaar|terug)|buiten\skantoor",
    r"fora\sdo\sescrit[óo]rio|de\sf[ée]rias|de\slicen[çc]a",
    r"nieobecn|na\s(?:\w+\s)?urlopie|poza\sbiurem",
    r"в\s(?:\w+\s)?отпуске|отсутств|вне\sофиса|не\s(?:будет|буду)\s(?:в\sофисе|на\sработе)|нет\sна\sместе|в\sкомандировке",
    r"(?:på|har)\ssemester|inte\s(?:finns\s)?på\skontoret|tjänstledig|föräldraledig|ikke\s(?:er\s)?(?:på\skontoret|til\sstede)|på\s(?:ferie|orlov)|holder\sferie|har\sferie|frånvarande",
    r"lomalla|en\sole\s(?:toimistolla|tavoitettavissa|työpaikalla|paikalla)|poissa\b|virkamatkalla",
    r"(?:nejsem|nebudu|jsem\smimo|není)\s(?:v\s)?(?:kancel[áa][řr]|přítom|k\szasti)|na\sdovolené|mimo\skancel|na\sslužební\scestě|nie\ssom\sv\skancelárii",
    r"plecat[ăa]?\sdin\sbirou|nu\s(?:sunt|voi\sfi)\s(?:la|în)\sbirou|[îi]n\sconcediu|absent[ăa]?\s(?:din|p[âa]n[ăa])|în\safara\sbiroului",
    r"nem\s(?:vagyok|leszek)\s(?:az\s)?(?:irodá|elérhető|bent)|szabadságon|házon\skívül|távol\s(?:vagyok|leszek)",
    r"(?:ofis|büro)\sdışında|(?:yıllık\s)?izin(?:de|deyim|liyim)\b|ofiste\s(?:değil|olmayaca)|görevdeyim",
    r"εκτ[όο]ς\sγραφε[ίι]ου|σε\s[άα]δεια|(?:θα\s)?(?:απουσι[άα]ζω|λε[ίι]πω)",
    r"as\soifig|ar\ssaoire|ní\sbheidh\smé\s(?:san\soifig|ar\sfáil)",
    r"поза\sофісом|у\sвідпустці|в\sотпуска|извън\sофиса|izvan\sureda|na\sgodišnjem|na\sdopustu",
    r"不在|休暇|休み|出張",
)
FORMS: Final = (
    (
        r"(?:complete|use|fill|submit|via|using|through|visit)\b.{0,60}"
        r"\b(?:online|web|contact|enquiry|our|this|customer|self[\s-]service)\s?-?\s?(?:form|portal)"
    ),
    r"through our (?:website|site|portal)(?: only)?\b.{0,20}https?:",
    r"online form|web form|webform|contact form|kontaktformular|formulaire|formulario",
    r"ffurflen ar-?lein",
)
NOT_BY_MAIL: Final = (
    (
        r"(?:stopped|ceased|no longer|not)\s(?:able to\s|currently\s)?(?:taking|accepting|accept|dealing with|deal with|answering"
        r"|process|processing|processed|handling|monitor|monitoring)\b.{0,80}\b(?:by e-?mail|via e-?mail"
        r"|this (?:e-?mail )?(?:address|mailbox|inbox|account)|sent (?:here|to this))"
    ),
    r"e-?mails? (?:sent )?(?:here|to this (?:address|mailbox|inbox|account)) (?:are|is|will) (?:not|no longer)(?: be)? (?:processed|dealt with|accepted|actioned|answered)",
    r"(?:mailbox|inbox|address|account) (?:does not|no longer|doesn't) (?:take|takes|accept|accepts|deal with|deals with)",
    r"(?:taken|made|accepted|handled|dealt with) (?:only )?(?:through|via|on) (?:our|the) (?:website|site|portal)",
    r"can only be (?:made|submitted|raised|reported) (?:through|via|by|using|on) (?:our|the|an)",
    (
        r"no longer (?:accept|take|deal with|answer|respond to|handle|receive)\b.{0,60}\b"
        r"(?:by|via|through|sent by|to) (?:e-?mail|this)"
    ),
    (
        r"(?:cannot|do not|don't|can't) (?:accept|take|deal with|answer|respond to|handle)\b.{0,60}\b"
        r"(?:by|via|through|sent by|to) (?:e-?mail|this)"
    ),
)
"""They say that they want a form, and not that a mailbox is gone."""
