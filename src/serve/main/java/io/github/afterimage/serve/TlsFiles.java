package io.github.afterimage.serve;

import io.grpc.util.AdvancedTlsX509KeyManager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a certificate, as Let's Encrypt, Kubernetes and openssl write them.
 *
 * @param certificate PEM file: the certificate of the server, then those of its issuers
 * @param key PEM file: the private key in PKCS #8, not encrypted
 */
public record TlsFiles(Path certificate, Path key) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END PRIVATE KEY-----", Pattern.DOTALL);

    /**
     * Reads the files.
     *
     * @param into takes what they hold
     * @throws IOException if a file cannot be read or does not hold what it should; names it
     */
    void read(AdvancedTlsX509KeyManager into) throws IOException {
        X509Certificate[] chain = chain();
        into.updateIdentityCredentials(chain, secret(chain[0].getPublicKey().getAlgorithm()));
    }

    private X509Certificate[] chain() throws IOException {
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
