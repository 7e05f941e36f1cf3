/** The AWS SDK's own switch for its notice on the version of Node.js: the warnings of Node.js itself are still shown. */
export const NO_SDK_NOTICE = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
