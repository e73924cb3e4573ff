package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.Serializable;
import java.nio.file.Path;

/**
 * How tasks open an index, and the network of its keys, once in each process. A share is the parts of the index that one task
 * asks: consecutive ones, about as many in each.
 *
 * @param token of those who share what is open
 * @param engine what {@link Engines#named} knows, chosen by each executor for itself
 * @param residentBytes of each share; Long.MAX_VALUE for all
 * @param parts files that the keys are in
 */
record IndexSource(String token, String file, String engine, boolean verify, long residentBytes, int parts, int shares)
        implements Serializable {

    CacheIndex share(int number) {
        return OpenOnce.get(
                token + "/share " + number,
                () -> open(
                        Math.toIntExact((long) parts * number / shares),
                        Math.toIntExact((long) parts * (number + 1) / shares)));
    }

    /** What is known of the index without its keys: how it reduces queries, above all. */
    CacheIndex withoutKeys() {
        return OpenOnce.get(token + "/without keys", () -> open(0, 0));
    }

    private CacheIndex open(int first, int last) throws java.io.IOException {
        OpenOptions options = new OpenOptions()
                .engine(Engines.named(engine))
                .threads(OpenOnce.threads())
                .verify(verify)
                .residentBytes(residentBytes)
                .parts(first, last);
        return CacheIndex.open(Path.of(file), options);
    }

    /** The network that the keys were made with. */
    Network network(String model) {
        return OpenOnce.get(
                token + "/network",
                () -> CacheModel.network(
                        Path.of(model),
                        withoutKeys(),
                        NetworkSettings.defaults().withThreads(OpenOnce.threads())));
    }
}
