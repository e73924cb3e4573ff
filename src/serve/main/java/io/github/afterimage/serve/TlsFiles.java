package io.github.afterimage.serve;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.util.ssl.SslContextFactory;

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
     * @throws IOException if a file cannot be read or does not hold what it should; names it
     */
    SslContextFactory.Server read() throws IOException {
        Certificate[] chain = chain();
        PrivateKey secret = secret(chain[0].getPublicKey().getAlgorithm());
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", secret, new char[0], chain);
            SslContextFactory.Server context = new SslContextFactory.Server();
            context.setKeyStore(store);
            context.setKeyStorePassword("");
            context.setCipherComparator(HTTP2Cipher.COMPARATOR);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    key + " and " + certificate + " cannot be used together: expected a certificate and its own key",
                    e);
        }
    }

    /** Reads the files for gRPC; throws as {@link #read}. */
    ServerCredentials grpc() throws IOException {
        return TlsServerCredentials.create(certificate.toFile(), key.toFile());
    }

    private Certificate[] chain() throws IOException {
        byte[] bytes = Files.readAllBytes(certificate);
        try {
            Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes))
                    .toArray(new Certificate[0]);
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
