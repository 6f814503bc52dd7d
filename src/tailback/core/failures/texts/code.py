"""Settings and code: what the app itself got wrong."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "alias-missing",
        """
        the connection '&doesn't exist | no such alias | unknown storage
        could not find config for | is not a valid cache | connection&is not defined
        unknown cache | database connection [ | no filesystem | disk [ | no backend named
        could not find config
        conn_id `&isn't defined | connection_not_found
        """,
        ("InvalidArgumentException", "Database connection [reporting] not configured."),
    ),
    rule(
        "setting-missing",
        """
        environment variable | env var | is not set | must be set | not configured
        missing setting | setting is required | must be configured
        missing required configuration | is not defined in the environment
        missing configuration | required setting | missing env | no configuration for
        missing required env | configuration key | undefinedvalueerror
        could not resolve placeholder | setting must not be empty | module 'django.conf
        config value missing | is missing from the configuration
        'settings' object has no attribute | missing secret
        """,
        ("RuntimeError", "PAYRAIL_API_KEY is not set"),
    ),
    rule(
        "bad-url",
        """
        no scheme supplied | no host supplied | invalid url | unknown url type
        missing an 'http | no connection adapters | unsupported protocol
        could not parse sqlalchemy url | could not parse rfc1738 | invalid uri
        url must specify one of the following schemes | only absolute urls are supported
        bad uri | invalid scheme | malformed url | no host in request url
        unsupported protocol scheme | not a valid url&config | invalid connection string
        could not parse url | failed to parse url | no host specified | connection string is
        invalid dsn | unsupported scheme | url using bad/illegal format | missing "=" after
        must not start with a slash
        """,
        ("ValueError", "unknown url type: 'None/x'"),
    ),
    rule(
        "settings-wrong",
        """
        improperly configured | extension not supported by server | misconfigured
        invalid configuration | configuration error | can't load plugin | no such plugin
        configuration is invalid | no module named&config | unsupported cipher
        feature is disabled | is not enabled for | key must be 32 | incorrect key length
        no loader for this environment | no application encryption key | invalid redis url
        no time zone found | unknown time zone | unknown option | missing dependency
        please install | pip install | no connection could be made because&config
        library is not installed | not installed | could not load library | cannot load library
        cannot open shared object file | unsupported locale | unknown locale
        is disabled in your | has not been used in project | api is not enabled
        api has not been | feature not enabled | not supported on this plan
        private key&deserialize
        accountsid must start
        cannot open resource
        inequivalent arg
        """,
        ("ValueError", "Invalid configuration for mailer: port"),
    ),
    rule(
        "program-missing",
        """
        command not found | executable not found | no wkhtmltopdf | executable file not found
        is not recognized as an internal | executable doesn't exist | no such program
        could not find executable | not found in path | spawn&enoent
        could not find chrom | could not find browser
        """,
        ("OSError", "wkhtmltopdf: command not found"),
    ),
    rule(
        "missing-name",
        """
        cannot import name | no module named | module '&has no attribute | cannot find module
        uninitialized constant | class not found | class "&not found
        does not provide an export named | undefined function | cannot load such file
        call to undefined function | type object '&has no attribute | partially initialized module
        classnotfound | err_module_not_found
        """,
        ("NameError", "uninitialized constant Shop::Receipt"),
    ),
    rule(
        "wrong-arguments",
        """
        required positional argument | unexpected keyword argument | positional arguments but
        positional argument but | required keyword-only argument | wrong number of arguments
        too few arguments to function | got multiple values for argument | missing keyword
        unknown keyword | takes no arguments | takes no keyword arguments | takes from
        too many arguments | takes at most | takes at least | takes exactly | required argument
        missing a required argument
        """,
        ("TypeError", "charge() got an unexpected keyword argument 'tip'"),
    ),
    rule(
        "none-value",
        """
        'nonetype' object | for nil:nilclass | for nil | of undefined | of null
        nil pointer dereference | null is not an object | undefined is not an object | on null
        nullpointerexception | and 'nonetype' | 'nonetype' and | not 'nonetype' | not nonetype
        can't be coerced into&nil | nil can't be | no implicit conversion from nil | got nil
        undefined is not iterable | null pointer | cannot destructure
        must be of type&null given | bad map: nil
        object reference not set | of non-object
        """,
        ("TypeError", "Cannot read properties of undefined (reading 'email')"),
    ),
    rule(
        "missing-attribute",
        """
        object has no attribute | undefined method | is not a function | has no attribute
        undefined property | has no member | no such method | undefined local variable
        """,
        ("NoMethodError", "undefined method `total' for #<Order:0x1>"),
    ),
    rule(
        "undefined-name",
        """
        is not defined | undefined variable | cannot access local variable
        referenced before assignment | cannot access free variable | before initialization
        """,
        ("ReferenceError", "totl is not defined"),
    ),
    rule(
        "missing-key",
        """
        undefined array key | undefined index | key not found | no such key in | keyerror
        was not present in the dictionary
        """,
        ("ErrorException", 'Undefined array key "email"'),
    ),
    rule(
        "endless-recursion",
        """
        maximum recursion depth | stack level too deep | maximum call stack size
        stack overflow
        """,
        ("RangeError", "Maximum call stack size exceeded"),
    ),
    rule(
        "bad-index",
        """
        index out of range | index out of bounds | pop from empty | list index
        out of range for slice | slice bounds out of range | arg is an empty sequence
        iterable argument is empty | array index is out of
        sequence contains no
        """,
        ("panic", "runtime error: index out of range [3] with length 3"),
    ),
    rule(
        "bad-operation",
        """
        division by zero | divided by 0 | divide by zero | modulo by zero
        """,
        ("panic", "runtime error: integer divide by zero"),
    ),
    rule(
        "async-misuse",
        """
        was never awaited | event loop is closed | no running event loop | no current event loop
        cannot be called from a running event loop | attached to a different loop
        you cannot call this from an async context | greenlet_spawn has not been called
        async for' requires
        event loop is already running
        """,
        ("RuntimeError", "Event loop is closed"),
    ),
    rule(
        "orm-misuse",
        """
        is not bound to a session | not bound to a session | instance is not persisted
        could not initialize proxy - no session | mapper failed to initialize
        already attached to session | save() prohibited
        """,
        (
            "ValueError",
            "save() prohibited to prevent data loss due to unsaved related object 'order'.",
        ),
    ),
    rule(
        "bad-number",
        """
        invalid literal for int | could not convert string to float | invalid value for float
        invalid value for integer | integer out of range | numeric field overflow
        out of range value for | could not convert string to decimal | conversionsyntax
        cannot convert float nan | numeric value out of range | is out of range for
        invalid decimal | invalid input syntax for type integer
        invalid input syntax for type numeric | not a valid integer | not a valid number
        python int too large | cannot convert float infinity | cannot convert value to
        must be a number | strconv. | non-numeric value | invalid number
        parsing "&invalid syntax | not a number
        input string was not in a correct format
        """,
        ("ValueError", "invalid literal for int() with base 10: 'abc'"),
    ),
    rule(
        "bad-date",
        """
        does not match format | invalid isoformat | unconverted data remains | invalid date
        date/time field value out of range | incorrect datetime value | unknown string format
        unparseable date | month must be in | day is out of range
        invalid input syntax for type timestamp | invalid input syntax for type date
        hour must be in | string does not contain a date | invalid time value | year must be in
        year is out of range | time data ' | parsing time | argument out of range&date
        not a valid date | failed to parse time string | time zone displacement
        """,
        ("ValueError", "time data '31/12' does not match format '%Y-%m-%d'"),
    ),
    rule(
        "none-value",
        """
        expected string or bytes-like object | argument of type 'nonetype'
        expected str, bytes or os.pathlike object, not nonetype | expected string or buffer
        """,
        ("TypeError", "expected string or bytes-like object"),
    ),
    rule(
        "bad-type",
        """
        unsupported operand type | must be str, not | not subscriptable | not iterable
        not callable | not supported between instances | can only concatenate
        must be real number | no implicit conversion of | does not support item assignment
        has no len() | must be integers or slices | unhashable type | indices must be
        cannot unpack non-iterable | expected str | an integer is required
        cannot be interpreted as an integer | object is not | a bytes-like object is required
        must be of type | cannot use | interface conversion | string indices
        """,
        ("TypeError", "'int' object is not iterable"),
    ),
    rule(
        "bad-type",
        """
        values to unpack | length of values | shape mismatch | operands could not be broadcast
        cannot reindex | setting an array element
        """,
        ("ValueError", "too many values to unpack (expected 2)"),
    ),
    rule(
        "broken-assumption",
        """
        changed size during iteration | generator raised stopiteration | mutated during iteration
        generator already executing | recursive use of cursors
        """,
        ("RuntimeError", "dictionary changed size during iteration"),
    ),
)
