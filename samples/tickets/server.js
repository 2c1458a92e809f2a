// Tickets for events: `node --require ./tracing.js server.js`, with PORT, DATABASE_URL, REDIS_URL and RATES_URL in the environment.
'use strict';

const http = require('node:http');
const pg = require('pg');
const redis = require('redis');

const pool = new pg.Pool({connectionString: process.env.DATABASE_URL, max: 4});
const cache = redis.createClient({url: process.env.REDIS_URL});

const ROUTES = [
  ['GET', /^\/tickets\/(\d+)$/, show],
  ['POST', /^\/tickets\/(\d+)\/sales$/, sell],
  ['GET', /^\/healthz$/, async () => [200, {status: 'ok'}]],
];

// One ticket, with how often it was looked at.
async function show(id) {
  const {rows} = await pool.query('SELECT id, title, price FROM tickets WHERE id = $1', [id]);
  if (!rows.length) return [404, {code: 'no_such_ticket'}];
  return [200, {...rows[0], views: await cache.incr(`views:${id}`)}];
}

// One of them less, in a transaction, at today's rate.
async function sell(id) {
  const rate = (await fetchJson(`${process.env.RATES_URL}/rates/EUR/USD`)).rate;
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const sql = 'UPDATE tickets SET left_over = left_over - 1 WHERE id = $1 AND left_over > 0 RETURNING left_over, price';
    const {rows} = await client.query(sql, [id]);
    await client.query('COMMIT');
    if (!rows.length) return [409, {code: 'none_left'}];
    await cache.del(`views:${id}`);
    return [201, {left: rows[0].left_over, usd: (rows[0].price * rate).toFixed(2)}];
  } finally {
    client.release();
  }
}

function fetchJson(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => { text += piece; });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    request.on('error', reject);
  });
}

async function answer(request, response) {
  for (const [method, path, handler] of ROUTES) {
    const match = request.method === method && path.exec(request.url);
    if (match) {
      const [status, body] = await handler(...match.slice(1)).catch(() => [500, {code: 'failed'}]);
      response.writeHead(status, {'content-type': 'application/json'});
      response.end(JSON.stringify(body));
      return;
    }
  }
  response.writeHead(404).end();
}

async function main() {
  await cache.connect();
  const server = http.createServer(answer).listen(process.env.PORT, '127.0.0.1');
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
}

main();
