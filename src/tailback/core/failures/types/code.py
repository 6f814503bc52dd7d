"""What the app itself got wrong: settings, templates, code."""

TYPES = """
credentials-missing: NoCredentialsError NoRegionError PartialCredentialsError ProfileNotFound
    DefaultCredentialsError NoAuthTokenError CredentialRetrievalError MissingCredentialsError
    MissingRegionError UnknownRegionError InvalidRegionError CredentialsError
bad-url: MissingSchema InvalidSchema InvalidURL UnsupportedProtocol LocationParseError
    InvalidUrlClientError NonHttpUrlClientError URLRequired LocationValueError URLSchemeUnknown
    InvalidURI MalformedURLException InvalidURIError InvalidEndpointError httpx:InvalidURL
    URISyntaxException
alias-missing: ConnectionDoesNotExist InvalidCacheBackendError QueueNotFound
    dramatiq:QueueNotFound AdapterNotSpecified ConnectionNotDefined
settings-wrong: UnsatisfiedDependencyException NoSuchBeanDefinitionException ImproperlyConfigured
    AppRegistryNotReady ConfigurationError InvalidConfigError
    KafkaConfigurationError UnknownServiceError ConfigParseError ConfigNotFound NoSuchModuleError
    InvalidConfigurationError SerializerNotInstalled InvalidEndpointConfigurationError
    UnsupportedSignatureVersionError InvalidDefaultsMode SlackClientConfigurationError
    ConfigurationException InvalidKeyFileFormat SecurityError ConfigError BadConfigError
    AdapterNotFound MissingDependencyException NoDBAPILoaded ZoneInfoNotFoundError
    BeanCreationException UnboundExecutionError DisallowedHost DatabaseConfigurationError
setting-missing: MissingSettingError UndefinedValueError MissingEnvironmentVariable EnvError
    SettingMissing DecoupleUndefinedValueError ConfigKeyError
template-field: jinja2:UndefinedError UndefinedError VariableDoesNotExist UndefinedVariableError
    liquid:UndefinedVariable liquid:UndefinedDropMethod handlebars:MissingVariable
template-missing: TemplateNotFound TemplatesNotFound TemplateDoesNotExist TopLevelLookupException
    TemplateLookupException MissingTemplate MissingExactTemplate actionview:MissingTemplate
template-syntax: TemplateSyntaxError TemplateAssertionError mako:SyntaxException
    mako:CompileException liquid:SyntaxError twig:SyntaxError haml:SyntaxError slim:SyntaxError
    TemplateEncodingError
template-failed: jinja2:SecurityError TemplateRuntimeError FilterArgumentError actionview:Error
    liquid:ArgumentError
    TemplateError RenderError mako:RuntimeException twig:RuntimeError ViewException
    TemplateProcessingException TemplateModelException
missing-name: NoReverseMatch UrlGenerationError RouteNotFoundException ImportError
    ModuleNotFoundError ClassNotFoundException NoClassDefFoundError
    LoadError BindingResolutionException ERR_MODULE_NOT_FOUND
undefined-name: NameError UnboundLocalError ReferenceError
wrong-arguments: TooFewArguments ArgumentCountError MissingMethodInvocationException
bad-index: IndexOutOfRangeException IndexError IndexOutOfBoundsException
    ArrayIndexOutOfBoundsException StopIteration
    NoSuchElementException StringIndexOutOfBoundsException
bad-operation: DivideByZeroException ZeroDivisionError DivisionByZeroError OverflowError
    ArithmeticError
    FloatingPointError FloatDomainError ArithmeticException DivisionUndefined
none-value: NullReferenceException ArgumentNullException NullPointerException
endless-recursion: RecursionError SystemStackError StackOverflowError
not-serialisable: EncodeError kombu:EncodeError PicklingError InvalidDocument
    bson:InvalidDocument activejob:SerializationError arq:SerializationError SerializationError
broken-assumption: AssertionError NotImplementedError FrozenError FrozenInstanceError
    NotImplementedException UnsupportedOperationException SyntaxError IndentationError TabError
    AbstractMethodError FunctionClauseError CaseClauseError IllegalArgumentException MatchError
    WithClauseError IllegalStateException InvalidStateError UnsupportedOperation
async-misuse: SynchronousOnlyOperation MissingGreenlet AwaitRequired
orm-misuse: DetachedInstanceError ObjectNotPersisted sqlalchemy:ArgumentError
    LazyInitializationException sqlalchemy:InvalidRequestError ResourceClosedError
    IllegalStateChangeError RelationshipNotFound NoValuesFetched IncompleteInstanceError
    UnmappedInstanceError AssociationTypeMismatch AssociationNotFoundError SubclassNotFound
missing-attribute: NoMethodError UndefinedFunctionError BadMethodCallException NoSuchMethodError
    UndefinedMethodError NoSuchFieldError
missing-key: KeyNotFoundException KeyNotFoundError UnknownKeyError
"""
