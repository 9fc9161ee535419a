// Errors in each provider's own shape and status, so that a client's classification is tested on the true bodies.

/** OpenAI's and Groq's shape. */
const openai = (status, message, { type = 'invalid_request_error', param = null, code = null, headers } = {}) => ({
  status, headers, body: { error: { message, type, param, code } },
});
/** ElevenLabs' shape: `detail` with a `status` word. */
const elevenlabs = (status, word, message, headers) => ({ status, headers, body: { detail: { status: word, message } } });
const deepgram = (status, err_code, err_msg, headers) => ({ status, headers, body: { err_code, err_msg, request_id: 'local' } });
const workersAi = (status, code, message, headers) => ({
  status, headers, body: { success: false, result: null, errors: [{ code, message }], messages: [] },
});


/** What each preset means at each provider: `{status, headers?, body}`. */
const PRESETS = {
  openai: {
    bad_key: () => openai(401, 'Incorrect API key provided.', { code: 'invalid_api_key' }),
    quota: () => openai(429, 'You exceeded your current quota, please check your plan and billing details.', { type: 'insufficient_quota', code: 'insufficient_quota' }),
    rate_limit: () => openai(429, 'Rate limit reached for requests. Please try again in 2s.', { type: 'requests', code: 'rate_limit_exceeded', headers: { 'retry-after': '2', 'retry-after-ms': '2000' } }),
    busy: () => openai(503, 'The engine is currently overloaded, please try again later.', { type: 'server_error', headers: { 'retry-after': '1' } }),
    server_error: () => openai(500, 'The server had an error while processing your request.', { type: 'server_error' }),
    too_long: () => openai(400, 'Input is too long.', { param: 'input', code: 'string_above_max_length' }),
    model_gone: () => openai(404, 'The model `gone` does not exist or you do not have access to it.', { code: 'model_not_found' }),
    voice_not_found: () => openai(400, 'Invalid voice.', { param: 'voice', code: 'invalid_value' }),
  },
  groq: {
    bad_key: () => openai(401, 'Invalid API Key', { code: 'invalid_api_key' }),
    quota: () => openai(429, 'Rate limit reached for model on requests per day (RPD): Limit 1000, Used 1000, Requested 1. Please try again in 1m26.4s.', { type: 'requests', code: 'rate_limit_exceeded', headers: { 'retry-after': '87' } }),
    rate_limit: () => openai(429, 'Rate limit reached for model on tokens per minute (TPM): Limit 6000, Used 5800, Requested 730. Please try again in 5.289s.', {
      type: 'tokens', code: 'rate_limit_exceeded',
      headers: { 'retry-after': '6', 'x-ratelimit-limit-tokens': '6000', 'x-ratelimit-remaining-tokens': '200', 'x-ratelimit-reset-tokens': '5.289s', 'x-ratelimit-limit-requests': '1000', 'x-ratelimit-remaining-requests': '999', 'x-ratelimit-reset-requests': '2m59.56s' },
    }),
    busy: () => openai(503, 'Service unavailable, over capacity.', { type: 'internal_server_error' }),
    capacity: () => openai(498, 'Flex tier capacity exceeded.', { type: 'capacity_exceeded', code: 'capacity_exceeded' }),
    server_error: () => openai(500, 'Internal Server Error', { type: 'internal_server_error' }),
    model_gone: () => openai(400, 'The model `gone` has been decommissioned and is no longer supported.', { code: 'model_decommissioned' }),
  },
  elevenlabs: {
    bad_key: () => elevenlabs(401, 'invalid_api_key', 'Invalid API key'),
    quota: () => elevenlabs(401, 'quota_exceeded', 'This request exceeds your quota of 10000. You have 0 credits remaining, while 41 credits are required for this request.'),
    concurrency: () => elevenlabs(429, 'too_many_concurrent_requests', 'Too many concurrent requests. Your current subscription is associated with a maximum of 2 concurrent requests.'),
    rate_limit: () => elevenlabs(429, 'too_many_concurrent_requests', 'Too many concurrent requests.'),
    busy: () => elevenlabs(429, 'system_busy', 'We are currently experiencing heavy traffic. Please try again later.'),
    capacity: () => elevenlabs(403, 'only_for_creator+', 'This output format is only available on the Creator plan and above.'),
    server_error: () => elevenlabs(500, 'internal_server_error', 'Internal server error'),
    too_long: () => elevenlabs(400, 'max_character_limit_exceeded', 'The text is longer than the model allows.'),
    model_gone: () => elevenlabs(400, 'invalid_uid', 'A model with model ID gone does not exist.'),
    voice_not_found: () => elevenlabs(404, 'voice_not_found', 'A voice with this id was not found.'),
  },
  deepgram: {
    bad_key: () => deepgram(401, 'INVALID_AUTH', 'Invalid credentials.'),
    quota: () => deepgram(402, 'ASR_PAYMENT_REQUIRED', 'Project does not have enough credits.'),
    rate_limit: () => deepgram(429, 'TOO_MANY_REQUESTS', 'Too many requests. Please try again later.'),
    busy: () => deepgram(503, 'SERVICE_UNAVAILABLE', 'Service unavailable.'),
    server_error: () => deepgram(500, 'INTERNAL_SERVER_ERROR', 'Internal server error.'),
    too_long: () => deepgram(413, 'INPUT_TEXT_TOO_LONG', 'Input text exceeds the character limit of 2000.'),
    model_gone: () => deepgram(400, 'Bad Request', 'Bad Request: No such model/language/tier combination found.'),
    voice_not_found: () => deepgram(400, 'INVALID_QUERY_PARAMETER', 'No such model/version combination found.'),
  },
  'workers-ai': {
    bad_key: () => workersAi(401, 10000, 'Authentication error'),
    quota: () => workersAi(429, 3036, 'You have used up your daily free allocation of 10,000 neurons.'),
    rate_limit: () => workersAi(429, 3040, 'Capacity temporarily exceeded, please try again.'),
    busy: () => workersAi(429, 3040, 'Capacity temporarily exceeded, please try again.'),
    server_error: () => workersAi(500, 3043, 'Internal server error'),
    too_long: () => workersAi(413, 3006, 'Request is too large'),
    model_gone: () => workersAi(400, 5007, 'No such model gone or task'),
    voice_not_found: () => workersAi(400, 5006, 'Error: required properties are missing'),
  },
};
for (const presets of Object.values(PRESETS)) presets.concurrency ??= presets.rate_limit;
for (const presets of Object.values(PRESETS)) presets.capacity ??= presets.busy;
for (const presets of Object.values(PRESETS)) presets.too_long ??= PRESETS.openai.too_long;
for (const presets of Object.values(PRESETS)) presets.voice_not_found ??= PRESETS.openai.voice_not_found;

export const PRESET_NAMES = Object.keys(PRESETS.elevenlabs);

/** The preset's answer at `provider`: `{status, headers?, body}`. */
export const preset = (provider, name) => PRESETS[provider][name]();

/** A refusal of the caller's input in the provider's shape. `param` names the field. */
export function badInput(provider, message, { param = null, status = 400, code = null } = {}) {
  if (provider === 'elevenlabs') {
    if (status !== 422) return elevenlabs(status, code ?? 'invalid_parameters', message);
    return { status, body: { detail: [{ loc: ['body', param], msg: message, type: code ?? 'value_error' }] } };
  }
  if (provider === 'deepgram') return deepgram(status, code ?? 'Bad Request', message);
  if (provider === 'workers-ai') return workersAi(status, 5006, message);
  return openai(status, message, { param, code });
}
