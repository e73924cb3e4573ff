package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engines;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;

/**
 * Opens an index and its network once in each process. A share is the parts of the index that one task queries: consecutive
 * parts, about the same number in each share.
 *
 * @param token the prefix of the names of the {@link SharedResources}
 * @param parts the number of files that hold the keys
 */
record IndexSource(String token, String file, ShareOptions options, int parts, int shares) implements Serializable {
    CacheIndex share(int number) {
        return SharedResources.get(
                token + "/share " + number,
                () -> open(
                        Math.toIntExact((long) parts * number / shares),
                        Math.toIntExact((long) parts * (number + 1) / shares)));
    }

    /** {@return the index without its keys; it can still reduce queries} */
    CacheIndex withoutKeys() {
        return SharedResources.get(token + "/without keys", () -> open(0, 0));
    }

    private CacheIndex open(int first, int last) throws IOException {
        return CacheIndex.open(
                Path.of(file),
                new OpenOptions()
                        .engine(Engines.named(options.engine()))
                        .threads(SharedResources.threads())
                        .verify(options.verify())
                        .residentBytes(options.residentBytes())
                        .parts(first, last));
    }

    /** {@return the network that the index was built with} */
    Network network(String model) {
        return SharedResources.get(
                token + "/network",
                () -> KeySource.network(
                        Path.of(model),
                        withoutKeys(),
                        NetworkSettings.defaults().withThreads(SharedResources.threads())));
    }
}
