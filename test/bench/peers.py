# peers.py - the API in Python, as a backend runs it: a wrapper for Multicorn2, and what
# a function of PL/Python calls.
#
# This is the form that such wrappers have, of Multicorn's own and of others: execute()
# asks for one key when PostgreSQL wants its rows, and yields them.  Its HTTP client keeps
# the connection and is made once a session.  PostgreSQL calls execute() for one row of
# the inventory after the other, so nothing in here could ask for two at a time.
import base64
import hashlib
import hmac
import json
import time
import uuid
from urllib.parse import quote

import urllib3

try:
    from multicorn import ForeignDataWrapper
except ImportError:  # PL/Python needs none
    ForeignDataWrapper = object

ACCESS_KEY_ID, ACCESS_KEY_SECRET = 'testid', 'testsecret'
PAGE_SIZE = 100
TIMEOUT_S = 5  # as long as pgsql-http waits


def encoded(text):
    return quote(text, safe='-_.~')


def signed_query(parameters):
    query = '&'.join(f'{name}={encoded(parameters[name])}' for name in sorted(parameters))
    digest = hmac.new(f'{ACCESS_KEY_SECRET}&'.encode(), f'GET&%2F&{encoded(query)}'.encode(), hashlib.sha1)
    return f'{query}&Signature={encoded(base64.b64encode(digest.digest()).decode())}'


class Client:
    def __init__(self, endpoint, ca_file):
        self.endpoint = endpoint
        self.pool = urllib3.PoolManager(ca_certs=ca_file, timeout=TIMEOUT_S, retries=False)

    def page(self, product_key, device_name, firmware_id, number):
        query = signed_query({
            'Action': 'ListOTAJobByDevice',
            'ProductKey': product_key,
            'DeviceName': device_name,
            'FirmwareId': firmware_id,
            'CurrentPage': str(number),
            'PageSize': str(PAGE_SIZE),
            'AccessKeyId': ACCESS_KEY_ID,
            'SignatureMethod': 'HMAC-SHA1',
            'SignatureNonce': str(uuid.uuid4()),
            'Timestamp': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())})
        reply = self.pool.request('GET', f'{self.endpoint}?{query}')
        if reply.status != 200:
            raise RuntimeError(f'status {reply.status}')
        return json.loads(reply.data)

    def jobs(self, product_key, device_name, firmware_id):
        number, pages = 0, 1
        while number < pages:
            number += 1
            page = self.page(product_key, device_name, firmware_id, number)
            pages = page['pageCount']
            for job in page['data']['simpleOTAJobInfo']:
                yield {'job_id': job['jobId'], 'job_status': job['jobStatus'], 'utc_create': job['utcCreate']}


class Jobs(ForeignDataWrapper):
    KEY = ('product_key', 'device_name', 'firmware_id')

    def __init__(self, options, columns):
        super().__init__(options, columns)
        self.client = Client(options['endpoint'], options['ca_file'])

    # By the whole key there are few rows, which has PostgreSQL ask for one after the other.
    def get_path_keys(self):
        return [(self.KEY, 1)]

    def get_rel_size(self, quals, columns):
        return (3 if len(quals) >= len(self.KEY) else 100_000_000, 100)

    def execute(self, quals, columns, **further):
        key = {qual.field_name: qual.value for qual in quals if qual.operator == '='}
        for job in self.client.jobs(*(key[column] for column in self.KEY)):
            yield {**key, **job}
