package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.percent;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Neighbors;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The prediction of a cache model for one image.
 *
 * @param classNames by label
 * @param network the probabilities of the network alone, {@code (classes)}; null if its classes are others
 * @param cache those of the cache alone
 * @param nearest the keys that count most, best first
 */
record ImagePrediction(
        Path image,
        List<String> classNames,
        Hyperparameters hyperparameters,
        float @Nullable [] network,
        float[] cache,
        List<Neighbor> nearest) {

    /**
     * A key.
     *
     * @param name empty if it has none
     * @param share the part of the key in the sum over all keys
     */
    record Neighbor(long id, String name, int label, float score, double share) {
        /** The neighbours of one query of a batch. */
        static List<Neighbor> of(Neighbors neighbors, double[] shares, int query) {
            List<Neighbor> nearest = new ArrayList<>();
            for (int place = 0; place < neighbors.k(); place++) {
                nearest.add(new Neighbor(
                        neighbors.id(query, place),
                        neighbors.name(query, place),
                        neighbors.label(query, place),
                        neighbors.score(query, place),
                        shares[query * neighbors.k() + place]));
            }
            return nearest;
        }
    }

    int label() {
        return Mixture.best(cache.length, this::mixed);
    }

    boolean hasNetwork() {
        return network != null;
    }

    int networkLabel() {
        return Mixture.best(Objects.requireNonNull(network));
    }

    int cacheLabel() {
        return Mixture.best(cache);
    }

    /** The network's probability; the network must have these classes. */
    float networkProbability(int label) {
        return Objects.requireNonNull(network)[label];
    }

    double mixed(int label) {
        return hasNetwork()
                ? Mixture.of(hyperparameters.lambda(), networkProbability(label), cache[label])
                : cache[label];
    }

    /** Reports the prediction, and the nearest keys with their shares in it. */
    Report report() {
        int label = label();
        Report report = new Report()
                .line(value("image", image.toString()), ": ", value("name", classNames.get(label)))
                .field("label", label)
                .field("cacheLabel", cacheLabel())
                .field("cacheName", classNames.get(cacheLabel()))
                .table(probabilities(label));
        if (hasNetwork()) {
            report.field("networkLabel", networkLabel()).field("networkName", classNames.get(networkLabel()));
        }
        Table keys = new Table("llrrl");
        if (!nearest.isEmpty()) {
            keys.row("nearest key", "class", "score", "share", "name");
        }
        for (Neighbor key : nearest) {
            keys.row(
                            value("id", key.id()),
                            value("name", classNames.get(key.label())),
                            figure("score", key.score(), Format.fixed(key.score(), 4)),
                            percent("share", key.share()),
                            value("keyName", key.name()))
                    .field("label", key.label());
        }
        return report.list("neighbors", keys).line("");
    }

    private Table probabilities(int label) {
        Text cacheProbability = figure("cacheProbability", cache[label], Format.percent(cache[label]));
        if (!hasNetwork()) {
            return new Table("lr")
                    .row("class", "p_mem")
                    .row(classNames.get(label), cacheProbability)
                    .field("probability", mixed(label));
        }
        Table table = new Table("lrrrl")
                .row("class", "p", "p_net", "p_mem")
                .row(
                        classNames.get(label),
                        percent("probability", mixed(label)),
                        figure(
                                "networkProbability",
                                networkProbability(label),
                                Format.percent(networkProbability(label))),
                        cacheProbability);
        if (networkLabel() != label) {
            row(table, networkLabel(), "the network's choice");
        }
        if (cacheLabel() != label) {
            row(table, cacheLabel(), "the cache's choice");
        }
        return table;
    }

    private void row(Table table, int label, String note) {
        table.row(
                classNames.get(label),
                Format.percent(mixed(label)),
                Format.percent(networkProbability(label)),
                Format.percent(cache[label]),
                note);
    }
}
