package io.github.afterimage.model;

import io.github.afterimage.CacheIndex;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the keys of an index come from: recorded in its file, so that queries are made in the same way.
 *
 * @param sha256 of the network's file, in hexadecimal digits
 * @param layers the tensors that make a key, in order, each as {@code NAME} or {@code NAME*WEIGHT}
 * @param preprocessing how an image becomes the network's input
 * @param output the network's output that gives its probabilities
 * @param cacheOnly whether the network's classes are others than the index's, so that the cache answers alone
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

    /** This as attributes of an index. */
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

    /** Whether an index records a network of other classes than its own, so that the cache answers alone. */
    public static boolean isCacheOnly(CacheIndex index) {
        return of(index).map(KeySource::cacheOnly).orElse(false);
    }

    /** The source that an index records; empty for features made elsewhere. */
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
