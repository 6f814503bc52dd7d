"""Data that is missing or cannot be read."""

TYPES = """
record-missing: Http404 DoesNotExist ObjectDoesNotExist RecordNotFound NoResultFound
    ModelNotFoundException EntityNotFoundException EmptyResultDataAccessException
    EntityNotFoundError NoRowFound RecordNotFoundError NoRecordFound NoResultError
    DocumentNotFoundError DocumentNotFound NotFoundInDatabase ObjectDoesNotExistError
    ObjectDeletedError NoResultException RecordNotFoundException RecordDoesNotExist
    NoResultsError NotExistOrMultiple DocumentNotFoundException ObjectNotFoundException
    EctoNoResultsError
several-records: MultipleObjectsReturned MultipleResultsFound MultipleResultsError
    NonUniqueResultException MultipleRecordsFoundException NonUniqueObjectException
    IncorrectResultSizeDataAccessException SoleRecordExceeded
file-missing: FileNotFoundError activestorage:FileNotFoundError FileNotFoundException
    NoSuchFileException
object-missing: NoSuchKey activestorage:IntegrityError NoSuchVersion
invalid-field: pydantic_core:ValidationError pydantic:ValidationError marshmallow:ValidationError
    jsonschema:ValidationError jsonschema_rs:ValidationError RequestValidationError RecordInvalid
    msgspec:ValidationError DocumentError cerberus:DocumentError ZodError
    MissingRequiredClaimError mongoose:ValidationError ParamValidationError voluptuous:Invalid
    MultipleInvalid StructureHandlerNotFoundError ClassValidationError schema:SchemaError
    SchemaMissingKeyError SchemaWrongKeyError ConstraintViolationException
    MethodArgumentNotValidException ParameterMissing fastjsonschema:JsonSchemaValueException
    JsonSchemaValueException trafaret:DataError ForbiddenExtraKeysError BaseValidationError
    activemodel:ValidationError activerecord:RecordInvalid openapi:ValidationError
    django:ValidationError rest_framework:ValidationError peewee:ValidationError
    mongoengine:ValidationError wtforms:ValidationError tortoise:ValidationError
    PrismaClientValidationError CastError EmailNotValidError EmailSyntaxError
not-json: JSONDecodeError requests:InvalidJSONError JsonParseException json:ParserError
    ContentTypeError oj:ParseError JsonProcessingException JsonSyntaxException
    orjson:JSONDecodeError JsonException yajl:ParseError multijson:ParseError
    MismatchedInputException MalformedInputException jason:DecodeError
bad-encoding: UnicodeDecodeError UnicodeEncodeError UnicodeError UndefinedConversionError
    InvalidByteSequenceError encoding:CompatibilityError UnicodeTranslateError
    MalformedInputError
bad-image: UnidentifiedImageError ImageProcessingError minimagick:Invalid vips:Error
    minimagick:Error ImageReadException
image-too-big: DecompressionBombError DecompressionBombWarning
bad-file: BadZipFile BadZipfile LargeZipFile tarfile:ReadError BadGzipFile XMLSyntaxError
    InvalidFileException PdfReadError PdfStreamError EmptyDataError malformedcsverror
    MalformedCSVError EmptyFileError FileNotDecryptedError WrongPasswordError XLRDError
    PackageNotFoundError ExpatError xml:ParseError pandas:ParserError _csv:Error csv:Error
    zlib:error lzma:LZMAError LZMAError nokogiri:SyntaxError SAXParseException zip:Error
    ZipException PDFSyntaxError PSEOF pdfminer:PDFSyntaxError PDFInfoNotInstalledError
    PDFPageCountError TOMLDecodeError yaml:ScannerError yaml:ParserError psych:SyntaxError
    YAMLException ScannerError ComposerError XmlDocumentError EmptyImageDataError CsvError
    pyarrow:ArrowInvalid ArrowInvalid rubyxl:Error roo:Error IllegalQuotingError
bad-recipient: NumberParseException EmailUndeliverableError SMTPRecipientsRefused
    InvalidPhoneNumber UnregisteredError SenderIdMismatchError
bad-header: BadHeaderError InvalidHeader
bad-date: date:Error dateutil:ParserError DateTimeParseException pandas:OutOfBoundsDatetime
    OutOfBoundsDatetime
bad-number: activerecord:RangeError activemodel:RangeError decimal:InvalidOperation
    InvalidOperation NumberFormatException ConversionSyntax
content-refused: ContentDisallowed
bad-message: kombu:DecodeError dramatiq:DecodeError UnpicklingError InvalidTaskError
    rq:DeserializationError arq:DeserializationError
bad-value: struct:error InvalidId bson:InvalidId BSONError InvalidBSON BSONTypeError
    InvalidStringData
    activerecord:InvalidEnumValue SuspiciousFileOperation SuspiciousOperation RequestDataTooBig
    binascii:Error
card-declined: CardError stripe:CardError CardException PaymentRequired PaymentRequiredError
request-too-big: RecordTooLargeException PayloadTooLargeError ContentTooLargeError
    RequestTooLargeError DocumentTooLarge
    MessageSizeTooLargeError RecordListTooLargeError RequestEntityTooLarge TooLargeError
"""
