import random, yaml
from tests.bot.actions.conftest import *
async def test_it(district):
    await district.book()
    random.seed(7)
    for f,l in (("students_learn_en","en"),("students_learn_es","es"),("students_find_en","en"),("students_find_es","es"),("employers_en","en"),("employers_es","es")):
        for b in yaml.safe_load(open(f"bot/data/nlu/{f}.yml"))["nlu"]:
            n=b["intent"]
            if n not in ("ask_continuum","ask_activity","ask_difference","ask_eligibility","ask_preparation","ask_paperwork","ask_pay","ask_credit","directions","resume_help","interview_help","ask_employer_info"): continue
            ex=[x[2:] for x in b["examples"].splitlines()]
            for t in random.sample(ex,min(45,len(ex))):
                who=BEN if n=="ask_employer_info" else None
                k=await district.keys(n,t,who=who,language=l)
                await district.words(n,t,who=who,language=l)
                print(n,"|",t,"|"," ".join(x.removeprefix("know.") for x in k))
                if n in ("ask_eligibility","ask_paperwork","ask_preparation"):
                    await district.words(n,t,who=ANA,language=l)
