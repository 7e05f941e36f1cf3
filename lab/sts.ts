import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A role that the lab's STS lets be assumed. */
export interface Role {
  arn: string;
  /** The account whose principals may assume it. */
  trusts: string;
  externalId?: string;
}

export interface Sts {
  /** For AWS_ENDPOINT_URL_STS. */
  endpoint: string;
  /** The roles that were assumed, in order. */
  assumed: string[];
  stop(): Promise<void>;
}

/** Credentials last as long as on AWS: an hour, counted from now. */
const HOUR_MS = 3_600_000;

/**
 * AssumeRole and nothing else: who assumes a role of another account gets credentials of that account, which is what
 * the emulators look at. The caller's account is its 12-digit access key id.
 */
export async function startSts(roles: readonly Role[]): Promise<Sts> {
  const assumed: string[] = [];
  const server = createServer(async (request, response) => {
    const body = new URLSearchParams(await textOf(request));
    const [, caller = ''] = /Credential=(\d{12})\//.exec(request.headers.authorization ?? '') ?? [];
    const arn = body.get('RoleArn') ?? '';
    const role = roles.find((known) => known.arn === arn);
    const allowed = role?.trusts === caller && role.externalId === (body.get('ExternalId') ?? undefined);
    if (allowed) assumed.push(arn);
    response.writeHead(allowed ? 200 : 403, { 'content-type': 'text/xml' });
    response.end(allowed ? credentials(arn) : denial(caller, arn));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    assumed,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

function credentials(roleArn: string): string {
  const [, , , , account = '', role = ''] = roleArn.split(':');
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
    <Credentials><AccessKeyId>${account}</AccessKeyId><SecretAccessKey>lab</SecretAccessKey>
      <SessionToken>lab</SessionToken><Expiration>${new Date(Date.now() + HOUR_MS).toISOString()}</Expiration>
    </Credentials>
    <AssumedRoleUser><Arn>arn:aws:sts::${account}:assumed-${role}/lab</Arn><AssumedRoleId>LAB:lab</AssumedRoleId>
    </AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`;
}

function denial(caller: string, roleArn: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
    <Code>AccessDenied</Code><Message>User: arn:aws:iam::${caller}:user/lab is not authorized to perform: sts:AssumeRole on resource: ${roleArn}</Message>
    </Error></ErrorResponse>`;
}
