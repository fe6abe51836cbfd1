// The names that the examples take from elsewhere.
declare const TOKEN_URL: string;
declare const AUTHORIZE_URL: string;
declare const SERVER_URL: string;
declare const CLIENT: string;
declare const ISSUER: string;
declare const KEYS: import('jose').CryptoKey;
interface Config {
  tokenUrl: string;
  serverUrl: string;
  issuer: string;
}
