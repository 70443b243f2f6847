#!/bin/sh
# make_certs.sh DIR: the authorities, certificates and keys that tests use.
set -eu
export LC_ALL=C

dir=${1:?usage: make_certs.sh DIR}
mkdir -p "$dir"
cd "$dir"

new_key() {
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null
}

authority() { # FILE NAME
	new_key "$1"
	openssl req -x509 -new -key "$1.key" -out "$1.pem" -days 3650 -subj "/CN=$2" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# No openssl command of 3.0 but ca sets both ends of the validity.
issue() { # FILE NAME ALTNAMES START END [AUTHORITY]
	new_key "$1"
	openssl req -new -key "$1.key" -out "$1.csr" -subj "/CN=$2"
	cat >ca.cnf <<-EOF
		[ca]
		default_ca = this
		[this]
		new_certs_dir = .
		database = index.txt
		rand_serial = yes
		unique_subject = no
		default_md = sha256
		policy = any
		x509_extensions = leaf
		[any]
		commonName = supplied
		[leaf]
		basicConstraints = critical,CA:FALSE
		keyUsage = critical,digitalSignature
		extendedKeyUsage = serverAuth
		subjectAltName = $3
	EOF
	: >index.txt
	openssl ca -batch -notext -config ca.cnf -cert "${6:-ca}.pem" -keyfile "${6:-ca}.key" \
		-in "$1.csr" -out "$1.pem" -startdate "$4" -enddate "$5" 2>/dev/null
	rm -f "$1.csr" ca.cnf index.txt* [0-9A-F][0-9A-F]*.pem
}

local_names='DNS:localhost,DNS:two-v4.test,DNS:v6-v4.test,DNS:*.hung.test,IP:127.0.0.1,IP:::1'

authority ca 'Test Authority'
authority other_ca 'Other Authority'
issue server localhost "$local_names" 20240101000000Z 20490101000000Z
issue wronghost example.com DNS:example.com 20240101000000Z 20490101000000Z
issue expired localhost "$local_names" 20200101000000Z 20210101000000Z
issue future localhost "$local_names" 20480101000000Z 20490101000000Z
issue other localhost "$local_names" 20240101000000Z 20490101000000Z other_ca
new_key selfsigned
openssl req -x509 -new -key selfsigned.key -out selfsigned.pem -days 3650 \
	-subj /CN=localhost -addext "subjectAltName=$local_names"
