"""Error codes of cloud and payment APIs, and whose operation a name is, as data."""

from tailback.core.failures.table import table

# AWS "Common Errors" and the exceptions of each service's API reference.
AWS = table("""
rate-limit: Throttling ThrottlingException ThrottledException Throttled RequestThrottled
    RequestThrottledException TooManyRequestsException TooManyRequests RequestLimitExceeded
    BandwidthLimitExceeded ProvisionedThroughputExceededException SlowDown
    PriorRequestNotComplete TransactionInProgressException EC2ThrottledException KmsThrottled
    KMSThrottling OverLimit KMSThrottlingException LimitExceededException LimitExceeded
    MaxMessagesPerSecondExceeded SendingQuotaExceeded ServerBusy OperationAborted
quota-used-up: ServiceQuotaExceededException QuotaExceeded QuotaExceededException
    DailyQuotaExceeded CodeStorageExceededException AccountSendingPausedException
    SendingPausedException AccountSuspendedException HumanLoopQuotaExceededException
timeout: RequestTimeout RequestTimeoutException ModelTimeoutException RequestExpired
    OperationTimedOut EFSMountTimeoutException SnapStartTimeoutException DependencyTimeoutException
    ExecutionTimeout CallbackTimeoutException
upstream-error: InternalError InternalFailure InternalServerError InternalServerException
    InternalServiceError InternalServiceException InternalServiceErrorException ServiceException
    ServiceUnavailable ServiceUnavailableException ServiceFailure ServerError Unavailable 500 502
    503 504 KMSInternalException ModelErrorException ModelNotReadyException
    ModelStreamErrorException EC2UnexpectedException EFSIOException IDPCommunicationError
    ResourceNotReadyException KeyUnavailableException
login-refused: InvalidAccessKeyId SignatureDoesNotMatch InvalidClientTokenId
    UnrecognizedClientException AuthFailure MissingAuthenticationToken IncompleteSignature
    InvalidSignatureException InvalidToken NotSignedUp OptInRequired InvalidSecurity 401
    MissingAuthenticationTokenException InvalidIdentityToken AuthorizationHeaderMalformed
    RequestTimeTooSkewed AuthenticationFailed InvalidAuthenticationInfo
token-expired: ExpiredToken ExpiredTokenException TokenRefreshRequired
not-allowed: AccessDenied AccessDeniedException AllAccessDisabled AccountProblem
    UnauthorizedOperation UnauthorizedAccess AuthorizationError AuthorizationErrorException
    UnauthorizedException NotAuthorized NotAuthorizedException Forbidden 403 KmsAccessDenied
    KMSAccessDenied KMSAccessDeniedException EC2AccessDeniedException InvalidObjectState
    DisabledException KMSDisabledException KmsDisabled AuthorizationFailure
    AuthorizationPermissionMismatch
object-missing: NoSuchKey NoSuchVersion NoSuchUpload 404 NotFound NoSuchTagSet KeyNotFound
    InvalidS3ObjectException UserNotFoundException MessageNotInflight ReceiptHandleIsInvalid
    BlobNotFound ResourceNotFound
store-missing: NoSuchBucket QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue
    NonExistentQueue ResourceNotFoundException TableNotFoundException IndexNotFoundException
    NoSuchEntity StateMachineDoesNotExist ClusterNotFoundException NotFoundException
    ParameterNotFound ConfigurationSetDoesNotExist ConfigurationSetDoesNotExistException
    PermanentRedirect IllegalLocationConstraintException NoSuchWebsiteConfiguration
    ContainerNotFound NoSuchDistribution UnknownEndpoint KmsNotFound KMSNotFound
    KMSNotFoundException
sender-unverified: MailFromDomainNotVerifiedException MailFromDomainNotVerified
    FromEmailAddressNotVerified ProductionAccessNotGranted
provider-template: TemplateDoesNotExist TemplateDoesNotExistException MissingRenderingAttribute
    MissingRenderingAttributeException InvalidRenderingParameter
    InvalidRenderingParameterException InvalidTemplate InvalidTemplateException
    RenderingFailureException
request-too-big: EntityTooLarge RequestTooLargeException MessageTooLong BatchRequestTooLong
    MaxMessageLengthExceeded DocumentTooLargeException ImageTooLargeException
    ItemCollectionSizeLimitExceededException PackedPolicyTooLarge RequestEntityTooLargeException
    SerializedRequestEntityTooLargeException
bad-image: InvalidImageFormatException ImageProcessingException
bad-file: UnsupportedDocumentException BadDocumentException InvalidZipFileException
    UnsupportedMediaTypeException UnsupportedMediaType
bad-recipient: OptedOut EndpointDisabled InvalidAddress
conflict: ConditionalCheckFailedException TransactionCanceledException ConflictException
    TransactionConflictException ResourceInUseException ConcurrentModificationException
    ResourceConflictException PreconditionFailed BucketAlreadyExists BucketAlreadyOwnedByYou
    AlreadyExistsException AlreadyExists ResourceExistsException QueueNameExists
    DuplicateItemException IdempotentParameterMismatchException BlobAlreadyExists
    ContainerAlreadyExists ResourceAlreadyExistsException EntityAlreadyExists
request-refused: ValidationException ValidationError InvalidParameterValue InvalidParameter
    InvalidParameterException InvalidParameterValueException InvalidParameterCombination
    InvalidRequest InvalidRequestException InvalidArgument BadRequestException MalformedXML
    MalformedQueryString MissingParameter InvalidQueryParameter InvalidAction BadDigest
    EntityTooSmall InvalidMessageContents InvalidAttributeValue SerializationException
    InvalidBucketName InvalidDigest UserError ParameterValueInvalid InvalidPart InvalidRange
    EmptyBatchRequest TooManyEntriesInBatchRequest InvalidCiphertextException MethodNotAllowed
    UnsupportedOperation 400
""")
AWS_SERVICE_OF_OPERATION = table("""
s3: AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload
    DeleteBucket DeleteObject DeleteObjects GetBucketAcl GetBucketLocation GetBucketPolicy
    GetObject GetObjectAcl GetObjectAttributes GetObjectTagging HeadBucket HeadObject ListBuckets
    ListMultipartUploads ListObjects ListObjectsV2 ListObjectVersions ListParts PutBucketAcl
    PutBucketPolicy PutBucketLifecycleConfiguration PutObject PutObjectAcl PutObjectTagging
    RestoreObject SelectObjectContent UploadPart UploadPartCopy
ses: GetSendQuota SendBulkEmail SendBulkTemplatedEmail SendEmail SendRawEmail SendTemplatedEmail
    SendBounce TestRenderTemplate VerifyEmailIdentity GetTemplate CreateTemplate UpdateTemplate
    CreateEmailIdentity SendCustomVerificationEmail TestRenderEmailTemplate
sqs: ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch
    GetQueueAttributes GetQueueUrl PurgeQueue ReceiveMessage SendMessage SendMessageBatch
    SetQueueAttributes CreateQueue ListQueues
sns: Publish PublishBatch Subscribe Unsubscribe CreateTopic CreatePlatformEndpoint
    SetEndpointAttributes GetEndpointAttributes ConfirmSubscription ListSubscriptionsByTopic
dynamodb: BatchGetItem BatchWriteItem DeleteItem GetItem PutItem Query Scan TransactGetItems
    TransactWriteItems UpdateItem DescribeTable ExecuteStatement ExecuteTransaction
lambda: Invoke InvokeAsync InvokeWithResponseStream
kms: Decrypt Encrypt GenerateDataKey ReEncrypt Sign Verify DescribeKey
secretsmanager: GetSecretValue PutSecretValue CreateSecret BatchGetSecretValue DescribeSecret
ssm: GetParameter GetParameters GetParametersByPath PutParameter SendCommand
sts: AssumeRole AssumeRoleWithWebIdentity AssumeRoleWithSAML GetCallerIdentity GetSessionToken
textract: AnalyzeDocument AnalyzeExpense DetectDocumentText StartDocumentTextDetection
    GetDocumentTextDetection StartDocumentAnalysis
rekognition: DetectFaces DetectLabels DetectModerationLabels IndexFaces CompareFaces
    SearchFacesByImage DetectText
kinesis: PutRecord PutRecords GetRecords GetShardIterator
firehose: PutRecordBatch
events: PutEvents PutRule PutTargets
stepfunctions: StartExecution SendTaskSuccess SendTaskFailure SendTaskHeartbeat
athena: StartQueryExecution GetQueryExecution GetQueryResults
bedrock: InvokeModel InvokeModelWithResponseStream Converse ConverseStream
cloudfront: CreateInvalidation
logs: PutLogEvents GetLogEvents
cloudwatch: PutMetricData GetMetricData
ecs: RunTask DescribeTasks StopTask UpdateService
ec2: DescribeInstances RunInstances StartInstances StopInstances TerminateInstances
cognito: AdminCreateUser AdminGetUser AdminInitiateAuth AdminDeleteUser InitiateAuth
translate: TranslateText
polly: SynthesizeSpeech
transcribe: StartTranscriptionJob GetTranscriptionJob
glue: StartJobRun
batch: SubmitJob DescribeJobs
route53: ChangeResourceRecordSets
""")
# Stripe "Error codes", OpenAI and Anthropic error types, Slack `error` values, PayPal, Google.
API_CODES = table("""
rate-limit: rate_limit rate_limit_exceeded rate_limit_error rate_limited ratelimited
    too_many_requests lock_timeout RATE_LIMIT_REACHED userRateLimitExceeded rateLimitExceeded
    RATE_LIMIT_EXCEEDED tokens requests REQUEST_LIMIT_EXCEEDED limit_exceeded
    message_limit_exceeded
quota-used-up: insufficient_quota quotaExceeded dailyLimitExceeded billing_hard_limit_reached
    DAILY_LIMIT_EXCEEDED billing_error
login-refused: invalid_api_key authentication_error invalid_auth not_authed account_inactive
    token_revoked api_key_expired authentication_required_invalid AUTHENTICATION_FAILURE
    INVALID_LOGIN invalid_client invalid_grant unauthorized_client UNAUTHENTICATED authError
    INVALID_CREDENTIALS invalid_credentials
token-expired: token_expired expired_token INVALID_SESSION_ID
not-allowed: permission_error missing_scope not_in_channel restricted_action access_denied
    no_permission account_invalid platform_api_key_expired INSUFFICIENT_ACCESS
    insufficientPermissions PERMISSION_DENIED secret_key_required
    INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY ekm_access_denied
upstream-missing: resource_missing not_found_error channel_not_found user_not_found
    users_not_found message_not_found notFound RESOURCE_NOT_FOUND file_not_found thread_not_found
    ENTITY_IS_DELETED
upstream-error: api_error server_error overloaded_error internal_error service_unavailable
    fatal_error backendError internalError UNABLE_TO_LOCK_ROW INTERNAL_SERVER_ERROR
card-declined: card_declined expired_card incorrect_cvc insufficient_funds processing_error
    incorrect_number invalid_expiry_month invalid_expiry_year invalid_cvc authentication_required
    payment_intent_authentication_failure payment_method_provider_decline INSTRUMENT_DECLINED
    INSUFFICIENT_FUNDS invalid_number balance_insufficient
request-refused: parameter_missing parameter_invalid_empty parameter_invalid_integer
    parameter_unknown amount_too_small amount_too_large email_invalid invalid_request_error
    context_length_exceeded content_policy_violation invalid_arguments invalid_blocks no_text
    UNPROCESSABLE_ENTITY INVALID_REQUEST VALIDATION_ERROR content_filter string_above_max_length
    idempotency_error INVALID_FIELD REQUIRED_FIELD_MISSING MALFORMED_ID invalid invalid_value
    postal_code_invalid url_invalid FIELD_CUSTOM_VALIDATION_EXCEPTION STRING_TOO_LONG
    INVALID_EMAIL_ADDRESS
conflict: charge_already_captured charge_already_refunded idempotency_key_in_use
    resource_already_exists payment_intent_unexpected_state DUPLICATE_INVOICE_ID DUPLICATE_VALUE
    duplicate already_reacted name_taken DUPLICATES_DETECTED
request-too-big: msg_too_long request_too_large file_too_large
store-missing: model_not_found is_archived
bad-recipient: NOT_REGISTERED UNREGISTERED INVALID_REGISTRATION InvalidRegistration NotRegistered
    messaging/registration-token-not-registered BadDeviceToken DeviceTokenNotForTopic
""")
# Twilio "Error and Warning Dictionary".
TWILIO = table("""
rate-limit: 20429 14107 30001 63018 21611 30022
login-refused: 20003 20005 20101 20107
upstream-missing: 20404
not-allowed: 20403 21408 21601
bad-recipient: 21211 21214 21217 21610 21612 21614 21401 30003 30004 30005 30006 21219 60200
sender-unverified: 21212 21606 21659 21660 21603
request-refused: 21602 21604 21605 21617 21608 20001
upstream-error: 20500 20503 30008
provider-template: 63013 63027 63028 63049
""")
