"""The demo's data: Brazil's states, and made-up cities in real numbers.

Pure and deterministic: the same cities on every call.
"""

# code, name, capital, municipalities
STATES = [
    ("AC", "Acre", "Rio Branco", 22),
    ("AL", "Alagoas", "Maceió", 102),
    ("AM", "Amazonas", "Manaus", 62),
    ("AP", "Amapá", "Macapá", 16),
    ("BA", "Bahia", "Salvador", 417),
    ("CE", "Ceará", "Fortaleza", 184),
    ("DF", "Distrito Federal", "Brasília", 1),
    ("ES", "Espírito Santo", "Vitória", 78),
    ("GO", "Goiás", "Goiânia", 246),
    ("MA", "Maranhão", "São Luís", 217),
    ("MG", "Minas Gerais", "Belo Horizonte", 853),
    ("MS", "Mato Grosso do Sul", "Campo Grande", 78),
    ("MT", "Mato Grosso", "Cuiabá", 141),
    ("PA", "Pará", "Belém", 143),
    ("PB", "Paraíba", "João Pessoa", 223),
    ("PE", "Pernambuco", "Recife", 185),
    ("PI", "Piauí", "Teresina", 223),
    ("PR", "Paraná", "Curitiba", 399),
    ("RJ", "Rio de Janeiro", "Rio de Janeiro", 92),
    ("RN", "Rio Grande do Norte", "Natal", 167),
    ("RO", "Rondônia", "Porto Velho", 52),
    ("RR", "Roraima", "Boa Vista", 15),
    ("RS", "Rio Grande do Sul", "Porto Alegre", 496),
    ("SC", "Santa Catarina", "Florianópolis", 293),
    ("SE", "Sergipe", "Aracaju", 75),
    ("SP", "São Paulo", "São Paulo", 645),
    ("TO", "Tocantins", "Palmas", 139),
]

# What one repeat has.
CITIES = sum(count for _, _, _, count in STATES)
CITIES_IN_M_OR_P = sum(count for code, _, _, count in STATES
                       if code.startswith("M") or code.endswith("P"))
CITIES_STARTING_WITH_A = 411

# Names that begin with a plain "A". No name begins with "a" or "Á": whether
# LIKE 'A%' takes those depends on the engine.
A_HEADS = [
    "Abadia", "Abreulândia", "Açucena", "Afonso Cláudio", "Alagoinha",
    "Alegria", "Alto Alegre", "Alto Paraíso", "Alvorada", "Amargosa",
    "Amparo", "Andirá", "Angico", "Antônio Prado", "Aparecida", "Araçatuba",
    "Araguaína", "Arapiraca", "Araripe", "Areia Branca", "Aroeiras",
    "Arroio Grande", "Assunção", "Aurora", "Avelino Lopes",
]

HEADS = [
    "Barra Bonita", "Belo Monte", "Boa Esperança", "Bom Jesus", "Brejo Grande",
    "Buriti", "Cachoeira", "Cajazeiras", "Campo Alegre", "Cedro", "Conceição",
    "Coqueiro Seco", "Divinópolis", "Dois Irmãos", "Estrela", "Feira Nova",
    "Fonte Boa", "Guaíra", "Ibirá", "Ipê", "Itambé", "Itaúna", "Jaborá",
    "Jacaré", "Jequitibá", "Lagoa Dourada", "Limoeiro", "Maravilha",
    "Monte Carmelo", "Morro Agudo", "Nova Olinda", "Novo Horizonte",
    "Olho d'Água", "Ouro Verde", "Palmeira", "Pau d'Alho", "Pedra Lavrada",
    "Ponte Nova", "Porto Feliz", "Quixaba", "Riachão", "Ribeirão",
    "Santa Bárbara", "Santa Cecília", "Santa Inês", "Santo Antônio",
    "São Bento", "São Gonçalo", "São João", "São José", "Serra Negra",
    "Taquaral", "Três Marias", "Tupã", "Umbuzeiro", "Uruçuí", "Várzea Alegre",
    "Vila Rica", "Vista Serrana", "Xambioá",
]

TAILS = [
    "", "da Barra", "da Mata", "da Ponte", "da Prata", "da Serra",
    "das Flores", "das Missões", "de Cima", "do Araguaia", "do Campo",
    "do Cerrado", "do Leste", "do Norte", "do Oeste", "do Piquiri",
    "do Planalto", "do Rio Verde", "do Sertão", "do Sul", "do Vale",
    "dos Campos", "dos Ipês",
]

STEP = 997  # a prime, and no divisor of a number of combinations


def _combinations(heads, first):
    """Every head with every tail, once, in an order that mixes them."""
    total = len(heads) * len(TAILS)
    for i in range(total):
        tail, head = divmod((first + i * STEP) % total, len(heads))
        yield f"{heads[head]} {TAILS[tail]}".rstrip()


def _names(capital, municipalities, starting_with_a, first):
    """A state's city names, each once, the capital first."""
    wanted = {True: starting_with_a, False: municipalities - starting_with_a}
    names = [capital]
    wanted[capital.startswith("A")] -= 1
    for heads in (A_HEADS, HEADS):
        others = (n for n in _combinations(heads, first) if n != capital)
        names += [next(others) for _ in range(wanted[heads is A_HEADS])]
    return names


def states():
    """Rows of states(id, long_name, state)."""
    return [(i, name, code)
            for i, (code, name, _, _) in enumerate(STATES, start=1)]


def _a_share(cities_so_far):
    """Names with an "A" among so many cities; the last state makes it 411."""
    return CITIES_STARTING_WITH_A * cities_so_far // CITIES


def cities():
    """The (name, state_id) of one repeat, in the order of their ids."""
    rows, before = [], 0
    for state_id, (_, _, capital, count) in enumerate(STATES, start=1):
        upto = before + count
        share = _a_share(upto) - _a_share(before)
        names = _names(capital, count, share, first=state_id * 101)
        rows += [(name, state_id) for name in names]
        before = upto
    return rows
