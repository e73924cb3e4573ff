package io.github.afterimage.serve;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The token that a client shows to change keys, and the certificate that the server shows to its clients.
 *
 * <pre>{@code
 * Credentials credentials = new Credentials().token(Path.of("token")).tls(Path.of("cert.pem"), Path.of("key.pem"));
 * }</pre>
 *
 * @param token what clients send as {@code Authorization: Bearer TOKEN} with calls that change keys
 * @param guardsReads whether all other calls need the token too, but those of health, of the page and of the OpenAPI document
 * @param tls the certificate and its key; without them, the server speaks HTTP in clear
 */
public record Credentials(Optional<String> token, boolean guardsReads, Optional<TlsFiles> tls) {
    /** A token of 16 characters that were drawn at random, 6 bits each, is out of reach of guesses. */
    private static final int MIN_TOKEN = 16;

    /** @throws IllegalArgumentException if the token is shorter than 16 characters, has others than visible ASCII, or is missing for reads */
    public Credentials {
        if (guardsReads && token.isEmpty()) {
            throw new IllegalArgumentException("reads are to need a token, and there is none: give a token");
        }
        token.ifPresent(text -> {
            if (text.length() < MIN_TOKEN || !text.chars().allMatch(c -> c > ' ' && c <= '~')) {
                throw new IllegalArgumentException("the token has " + text.length() + " characters: expected at least "
                        + MIN_TOKEN + ", all of them visible ASCII; make one with openssl rand -hex 32");
            }
        });
    }

    /** Makes credentials without a token and without a certificate. */
    public Credentials() {
        this(Optional.empty(), false, Optional.empty());
    }

    /** Returns credentials with another token. */
    public Credentials token(String value) {
        return new Credentials(Optional.of(value), guardsReads, tls);
    }

    /**
     * Returns credentials with the token in a file, which holds nothing else; white space around it is ignored.
     *
     * @throws IOException if the file cannot be read
     */
    public Credentials token(Path file) throws IOException {
        try {
            return token(Files.readString(file, StandardCharsets.US_ASCII).strip());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " holds bytes that are not ASCII: expected a token", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /** Returns credentials whose token reads need too. */
    public Credentials guardReads() {
        return new Credentials(token, true, tls);
    }

    /**
     * Returns credentials with a certificate.
     *
     * @param certificate PEM file: the certificate of the server, then those of its issuers
     * @param key PEM file: the private key in PKCS #8, not encrypted
     */
    public Credentials tls(Path certificate, Path key) {
        return new Credentials(token, guardsReads, Optional.of(new TlsFiles(certificate, key, Optional.empty())));
    }

    /**
     * Returns credentials with which clients need a certificate, over gRPC as well. Probes need one too.
     *
     * @param file PEM file: the certificates of clients, or of those who issue them
     * @throws IllegalStateException if there is no certificate of the server
     */
    public Credentials clients(Path file) {
        TlsFiles own = tls.orElseThrow(() -> new IllegalStateException(
                "clients show certificates to a server that has one: give the certificate of the server first"));
        return new Credentials(
                token, guardsReads, Optional.of(new TlsFiles(own.certificate(), own.key(), Optional.of(file))));
    }

    /** Hides the token. */
    @Override
    public String toString() {
        return "Credentials[" + (token.isPresent() ? "a token" : "no token") + ", "
                + tls.map(TlsFiles::toString).orElse("no certificate") + "]";
    }
}
