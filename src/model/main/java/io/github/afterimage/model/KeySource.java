package io.github.afterimage.model;

import io.github.afterimage.CacheIndex;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The origin of an index's keys. The index stores it in its file, and queries are computed in the same way.
 *
 * @param sha256 the SHA-256 of the network's file, in hexadecimal digits
 * @param layers the tensors of a key, in order, each as {@code NAME} or {@code NAME*WEIGHT}
 * @param preprocessing the preprocessing of images, as {@link io.github.afterimage.model.network.Preprocessing#parse} reads it
 * @param output the network's output with its probabilities
 * @param cacheOnly whether the network has other classes than the index; the cache then answers alone
 */
public record KeySource(String sha256, List<String> layers, String preprocessing, String output, boolean cacheOnly) {
    private static final String SHA256 = "network.sha256";
    private static final String LAYERS = "network.layers";
    private static final String PREPROCESSING = "network.preprocessing";
    private static final String OUTPUT = "network.output";
    private static final String CACHE_ONLY = "network.cacheOnly";

    /** Copies the list. */
    public KeySource {
        layers = List.copyOf(layers);
    }

    /** {@return this source as attributes of an index} */
    public Map<String, String> toAttributes() {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put(SHA256, sha256);
        attributes.put(LAYERS, String.join("\n", layers));
        attributes.put(PREPROCESSING, preprocessing);
        attributes.put(OUTPUT, output);
        if (cacheOnly) {
            attributes.put(CACHE_ONLY, "true");
        }
        return attributes;
    }

    /** {@return whether an index comes from a network of other classes than its own; the cache then answers alone} */
    public static boolean isCacheOnly(CacheIndex index) {
        return of(index).map(KeySource::cacheOnly).orElse(false);
    }

    /** {@return the source of an index; empty if it was built from features} */
    public static Optional<KeySource> of(CacheIndex index) {
        Map<String, String> attributes = index.attributes();
        return Optional.ofNullable(attributes.get(SHA256))
                .map(sha256 -> new KeySource(
                        sha256,
                        List.of(attributes.getOrDefault(LAYERS, "").split("\n")),
                        attributes.getOrDefault(PREPROCESSING, ""),
                        attributes.getOrDefault(OUTPUT, ""),
                        Boolean.parseBoolean(attributes.get(CACHE_ONLY))));
    }
}
