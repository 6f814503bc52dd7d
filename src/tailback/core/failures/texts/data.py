"""Resources of the machine, and data that cannot be read."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "disk-full",
        """
        no space left on device | enospc | not enough space on the disk
        disk is full | disk full | insufficient disk space | not enough disk space
        volume is full | nospc
        """,
        ("celery.exceptions.Something", "[Errno 28] No space left on device: '/tmp/x'"),
    ),
    rule(
        "too-many-processes",
        """
        can't start new thread | can't create thread | resource temporarily unavailable
        unable to create native thread | fork: retry | cannot fork | pthread_create failed
        too many processes
        """,
        ("RuntimeError", "can't start new thread"),
    ),
    rule(
        "out-of-memory",
        """
        heap out of memory | cannot allocate memory | unable to allocate | out of memory
        allowed memory size of | java heap space | failed to allocate memory | gc overhead limit
        memoryerror | memory limit exceeded | exceeded memory limit | bad_alloc | bad allocation
        std::bad_alloc | memory quota exceeded | allocation failed | outofmemory | oom killer
        oom-killer
        cache resources exhausted
        """,
        (
            "Error",
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        ),
    ),
    rule(
        "open-files",
        """
        too many open files | emfile | too many files open
        """,
        ("OSError", "[Errno 24] Too many open files: /tmp/a"),
    ),
    rule(
        "image-too-big",
        """
        decompression bomb | exceeds limit&pixels | image dimensions exceed | image too large
        width or height exceeds limit | image is too large
        """,
        ("ValueError", "Image size (10000 pixels) exceeds limit of 20 pixels"),
    ),
    rule(
        "bad-image",
        """
        cannot identify image file | image file is truncated | truncated file read
        broken data stream | broken png | input buffer contains unsupported image
        input file contains unsupported image | not a jpeg | unrecognized data stream
        cannot write mode | image format | improper image header | no decode delegate
        invalid image | corrupt jpeg | decoder error | vipsjpeg | bad image | invalid jpeg
        invalid png | unknown raw mode | unsupported image | image data | not enough image data
        unrecognized image | cannot read image
        """,
        ("OSError", "image file is truncated (23 bytes not processed)"),
    ),
    rule(
        "bad-file",
        """
        not a zip file | bad magic number for central directory | no element found
        not well-formed | unknown compression method | eof marker not found
        no columns to parse from file | error tokenizing data | not a gzipped file
        premature end of data in tag | invalid xlsx | malformed csv | unclosed quoted field
        any value after quoted field | new-line character seen in unquoted field
        excel file format cannot be determined | does not support .csv | cannot read an empty
        cannot find end of central directory | end of central directory | invalid pdf
        pdf header | unable to parse xml | invalid xml | invalid pdf structure
        file has not been decrypted | does not look like a tar | column(s) expected
        parquet magic bytes | file is not a&file | missing columns | zip file | startxref
        iterator should return strings | line contains nul | csv file | file signature
        incorrect header check | field larger than field limit | unable to get page count
        syntax error: couldn't | usecols do not match columns | may not be a pdf | corrupt file
        file is corrupt | corrupted file | is corrupted
        ' expected after '
        simplexml_load | : parser error : | domdocument::load
        """,
        (
            "pandas.errors.ParserError",
            "Error tokenizing data. C error: Expected 3 fields in line 4, saw 5",
        ),
    ),
    rule(
        "not-serialisable",
        """
        is not json serializable | can't pickle | cannot pickle | not serializable
        unsupported argument type | circular structure to json | cannot serialize
        cannot encode object | unable to serialize | no serializer for | could not be serialized
        unserializable | do not know how to serialize | serialization of 'closure'
        """,
        ("TypeError", "Object of type Decimal is not JSON serializable"),
    ),
    rule(
        "not-json",
        r"""
        expecting value: line | unexpected token&json | is not valid json
        unexpected end of json | extra data: line | expecting property name
        expecting ',' delimiter | expecting ':' delimiter | unterminated string starting at
        unexpected mimetype | invalid control character at | invalid \escape | jsondecodeerror
        unexpected character&json | cannot parse json | invalid json | malformed json
        invalid character&looking for beginning | unexpected token at ' | json is malformed
        json decode error | syntax error in json | invalid syntax for type json
        unable to parse response body into json | json parse error | unrecognized token
        unexpected end of input&json | empty string is not valid json | could not decode json
        unexpected byte&json | json_error_syntax | expected json
        """,
        ("SyntaxError", "Unexpected token < in JSON at position 0"),
    ),
    rule(
        "bad-encoding",
        r"""
        codec can't decode | codec can't encode | invalid byte sequence | invalid byte 2 of
        incorrect string value | malformed utf-8 | unsupported unicode escape | invalid utf-8
        not valid utf-8 | stream did not contain valid utf-8 | malformed utf8
        from ascii-8bit to utf-8 | incompatible character encodings | contain nul (0x00)
        embedded null | surrogates not allowed | unsupported encoding | invalid start byte
        \u0000 cannot be converted | illegal byte sequence
        unable to json encode payload. error code: 5
        """,
        ("ArgumentError", "invalid byte sequence in UTF-8"),
    ),
    rule(
        "content-refused",
        """
        refusing to deserialize | untrusted content of type
        """,
        ("ValueError", "Refusing to deserialize untrusted content of type pickle"),
    ),
    rule(
        "bad-message",
        """
        could not deserialize the message | invalid load key | pickle data was truncated
        unsupported pickle protocol | error decoding message | content too large&message
        error while trying to deserialize the message | message could not be decoded
        unpickling stack underflow
        """,
        ("kombu.exceptions.Something", "Error decoding message: bad header"),
    ),
    rule(
        "bad-recipient",
        """
        invalid phone number | not a valid phone number | phone number&not valid
        invalid recipient | recipient address rejected | mailbox unavailable | user unknown
        unknown user | no such user here | mailbox not found | recipient rejected | invalid 'to'
        is not a valid email | invalid email address | does not contain a valid address
        inactive recipient | address does not exist | recipients refused
        does not exist&mailbox | unsubscribed recipient | unregistered device
        not registered&device | requested entity was not found | phone number. ('
        isn't a valid phone | number&is not a mobile | recipient&suppress | suppression list
        no valid recipients | unreachable destination handset | invalid address | address syntax
        illegal email | did not seem to be a phone number | at least one of to, cc
        malformed address | invalid mail address | 'to' number
        no recipients defined
        """,
        (
            "twilio.base.exceptions.TwilioRestException",
            "HTTP 400 error: Unable to create record: Invalid 'To' Phone Number: +1",
        ),
    ),
    rule(
        "card-declined",
        """
        card was declined | card_declined | card declined | insufficient funds
        card has expired | expired card | do not honor | security code is incorrect
        payment declined | your card | payment was declined | declined by
        """,
        ("PaymentFailed", "Your card was declined."),
    ),
)
