// One known good signature for each algorithm, to find out at run time which of them this host can verify.

export interface KnownAnswer {
  /** Public key as a DNSKEY holds it. */
  readonly publicKey: Uint8Array;
  readonly signed: Uint8Array;
  /** Signature as an RRSIG holds it. */
  readonly signature: Uint8Array;
}

function hex(...parts: readonly string[]): Uint8Array {
  return new Uint8Array(Buffer.from(parts.join(''), 'hex'));
}

function base64(...parts: readonly string[]): Uint8Array {
  return new Uint8Array(Buffer.from(parts.join(''), 'base64'));
}

/** The message of RFC 6979 A.2, which also serves RSA. */
const sample = new Uint8Array(Buffer.from('sample', 'latin1'));

/** A 2048-bit key made for this table: exponent 65537, then the modulus (RFC 3110 2). */
const rsaPublicKey = base64(
  'AwEAAbWQvNuOBz3ceSSIrbkF3WowvvSd+97eGK4SYw2UWunJc0rVlAB4DE1s5qP9m28RVsX4HumY3EVufdw6zfbwbHYOdhXG7w6r+g6CD/WH',
  '4Y0fQZUrXfnLItHob0kaD1fl5BFJJBrNofbvi8okJ0l4bnZeYJWzyT0y3/5V8PsOlTnPkXiDBQfmJO63lwmQmiymTJ6w9gePEsbbANaSjbH6',
  'kzvkQJP7VhGTjHGSM+PH5o59BglVIqNIqYIE+3JjbMmu1ucqut9Po22M1TpKFM0tryLUn5NC2659CAsNMgCVmkmEzB5+azW8fAl1ct7/Gkmx',
  'aNEVMD2JyJ4Ders1aFBTuZM=',
);

const rsaSha1: KnownAnswer = {
  publicKey: rsaPublicKey,
  signed: sample,
  signature: base64(
    'SQZjxq95ey35hgLz5IrRWeEtLEFoitDRiM7hP+JnHY0GhEznCzwB/olSs4l8TOVmGkG1FAsOKC2wY+dmKwEn9WTz2nS7lFg9zRzzOfUa3xiX',
    '7XNSnB9Z2tY8KPXf9SmjmV6vyrXprxCbRLb/XPocBHqGDI2ZzyYOiklDX+lSnvkLYwGuKLG4w29Oz2SDM06Z2EP3S4JH1rUqAO75hntMSCQq',
    'zIdh3IBOBQItkeyRJvcaB6Y/AIEIw7M1wTX4Ufgo3Hy2KsospBvPMN8PU4OCOg6Na+V08DetZlkAASJgXX6BHHqwLz5XcvO+41Uhi14/Jb3a',
    '8v1cjAoiqY6kFCyBDw==',
  ),
};

/** By DNSKEY algorithm number. */
export const knownAnswers: ReadonlyMap<number, KnownAnswer> = new Map<number, KnownAnswer>([
  [5, rsaSha1],
  [7, rsaSha1],
  [
    8,
    {
      publicKey: rsaPublicKey,
      signed: sample,
      signature: base64(
        'VSpsdMbsL8SfMJuUsFlMZVdqDkeDNCsMU2DAYlQLCZELrS4SEJL52djykLVqxj3ZGWz2Te4vKH+Wo34bOcPpIX5ZESD665FzzOAiGMyxP+GH',
        'FuoSFBMurr1a+Ik5fkIbl0ReBG1t7ZgjKp3Hc/9hrWCFaCQwG9Gu9HBrY/goubVfhBUneLVIgGELJZQm7m51jHpYdr0X2iq1iGe3if9sbgiN',
        'Ni8owh/bb9GjQdjBQo9/Qsh2vGsRv1v29y7T8apQpeyHkhBlJtWkxuNmcF2STsOiTIZiAyjLFzKogEATO8z9AAhbuf79V+dGUGQ6tGuNb4Km',
        '5/m9P0g+GTsomaQplQ==',
      ),
    },
  ],
  [
    10,
    {
      publicKey: rsaPublicKey,
      signed: sample,
      signature: base64(
        'YI9qipoYGakqrMUZ1VAJlpJ2nwBcrDvMSf53IHZ1Vmf9aAE09R0TbeFDgi/v7xt1EQar98Gq6qo3H/E6qy3uD5zG5aViUoBUTYkmWLEfSx0B',
        't6+A8JT9kKWgH8ztgqtOtG86hzCMEvNqDKc02pwoOgmRkQv6MT2cHr7ibvdObrsDvhHTOD+McnWwdpghO17lnpNugerR9S62RnQoJGyQyR/M',
        'oY1R3wgoYXmq3L9mwstQZN5fKYOMX3hCVGq1fRQtbs6N1RWMlRsQ5w72y7LWgajpM833j/l6UaOc4UbdK9SadbdeRfoTzoYNEX0+JlgTUZ7H',
        '7l2+g/dvHzYSqC3e7Q==',
      ),
    },
  ],
  // RFC 6979 A.2.5, SHA-256.
  [
    13,
    {
      publicKey: hex(
        '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e',
        '9f5177a3c294d4462299',
      ),
      signed: sample,
      signature: hex(
        'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9af',
        'f4064dc4ab2f843acda8',
      ),
    },
  ],
  // RFC 6979 A.2.6, SHA-384.
  [
    14,
    {
      publicKey: hex(
        'ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc138015d9b72d7d',
        '57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720',
      ),
      signed: sample,
      signature: hex(
        '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe4699ef4aeb15f1',
        '78cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
      ),
    },
  ],
  // RFC 8032 7.1, test 3.
  [
    15,
    {
      publicKey: hex('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025'),
      signed: hex('af82'),
      signature: hex(
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716e',
        'd28dc027beceea1ec40a',
      ),
    },
  ],
  // RFC 8032 7.4, one octet.
  [
    16,
    {
      publicKey: hex(
        '43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c',
        '3a9480',
      ),
      signed: hex('03'),
      signature: hex(
        '26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7c',
        'd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d23444',
        '1cf807c03a00',
      ),
    },
  ],
]);
