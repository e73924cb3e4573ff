package io.github.afterimage.serve;

import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of a certificate, as Let's Encrypt, Kubernetes and openssl write them.
 *
 * @param certificate PEM file: the certificate of the server, then those of its issuers
 * @param key PEM file: the private key in PKCS #8, not encrypted
 * @param clients PEM file: the certificates whose owners, or those to whom they issued one, may connect; without it, all may
 */
public record TlsFiles(Path certificate, Path key, Optional<Path> clients) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END PRIVATE KEY-----", Pattern.DOTALL);

    /**
     * Reads the files.
     *
     * @param own takes the certificate with its key
     * @param others takes the certificates for clients
     * @throws IOException if a file cannot be read or does not hold what it should; names it
     */
    void read(AdvancedTlsX509KeyManager own, AdvancedTlsX509TrustManager others) throws IOException {
        X509Certificate[] chain = certificates(certificate);
        PrivateKey secret = secret(chain[0].getPublicKey().getAlgorithm());
        try {
            requirePair(chain[0].getPublicKey(), secret);
            for (int i = 1; i < chain.length; i++) {
                chain[i - 1].verify(chain[i].getPublicKey());
            }
            if (clients.isPresent()) {
                others.updateTrustCredentials(certificates(clients.get()));
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    certificate + " and " + key
                            + " do not belong together: expected the certificate of the key, then that of"
                            + " its issuer, and so on; " + e.getMessage(),
                    e);
        }
        own.updateIdentityCredentials(chain, secret);
    }

    /** Signs something with the key, and verifies it with the certificate. */
    private static void requirePair(PublicKey open, PrivateKey secret) throws GeneralSecurityException {
        String algorithm = open.getAlgorithm();
        Signature signature = Signature.getInstance(
                switch (algorithm) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA", "DSA" -> "SHA256with" + algorithm;
                    default -> algorithm;
                });
        if (algorithm.equals("RSASSA-PSS")) {
            signature.setParameter(PSSParameterSpec.DEFAULT);
        }
        byte[] something = {1};
        signature.initSign(secret);
        signature.update(something);
        byte[] signed = signature.sign();
        signature.initVerify(open);
        signature.update(something);
        if (!signature.verify(signed)) {
            throw new SignatureException("the key is another one");
        }
    }

    /** Returns the files that are read. */
    List<Path> all() {
        return Stream.concat(Stream.of(certificate, key), clients.stream()).toList();
    }

    private static X509Certificate[] certificates(Path certificate) throws IOException {
        byte[] bytes = Files.readAllBytes(certificate);
        try {
            X509Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes))
                    .toArray(new X509Certificate[0]);
            if (chain.length > 0) {
                return chain;
            }
            throw new IOException(certificate + " holds no certificate: expected -----BEGIN CERTIFICATE-----");
        } catch (GeneralSecurityException e) {
            throw new IOException(certificate + " holds no certificate that can be read: " + e.getMessage(), e);
        }
    }

    /** @param algorithm of the public key, which is that of the private one */
    private PrivateKey secret(String algorithm) throws IOException {
        Matcher pem = KEY.matcher(Files.readString(key));
        if (!pem.find()) {
            throw new IOException(key + " holds no private key in PKCS #8 without a password: expected"
                    + " -----BEGIN PRIVATE KEY-----; convert it with openssl pkcs8 -topk8 -nodes");
        }
        try {
            byte[] bytes = Base64.getMimeDecoder().decode(pem.group(1));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(key + " holds no key for the " + algorithm + " certificate in " + certificate, e);
        }
    }
}
