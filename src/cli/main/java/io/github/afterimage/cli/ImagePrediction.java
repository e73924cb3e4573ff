package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Neighbors;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The prediction of a cache model for one image.
 *
 * @param classNames by label
 * @param network the probabilities of the network alone, {@code (classes)}; null where its classes are others
 * @param cache those of the cache alone
 * @param nearest the keys that count most, best first
 */
record ImagePrediction(
        Path image,
        List<String> classNames,
        Hyperparameters hyperparameters,
        float[] network,
        float[] cache,
        List<Neighbor> nearest) {

    /**
     * A key.
     *
     * @param name empty where it has none
     * @param share what it is of the sum over all keys
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
        return Mixture.best(network);
    }

    int cacheLabel() {
        return Mixture.best(cache);
    }

    double mixed(int label) {
        return hasNetwork() ? Mixture.of(hyperparameters.lambda(), network[label], cache[label]) : cache[label];
    }

    List<String> lines() {
        int label = label();
        List<String> lines = new ArrayList<>();
        lines.add(image + ": " + classNames.get(label));
        probabilities(label).lines().forEach(line -> lines.add("  " + line));
        if (!nearest.isEmpty()) {
            Table keys = new Table("llrrl").row("nearest key", "class", "score", "share", "name");
            for (Neighbor key : nearest) {
                keys.row(
                        key.id(),
                        classNames.get(key.label()),
                        String.format(Locale.ROOT, "%.4f", key.score()),
                        Format.percent(key.share()),
                        key.name());
            }
            keys.lines().forEach(line -> lines.add("  " + line));
        }
        lines.add("");
        return lines;
    }

    private Table probabilities(int label) {
        if (!hasNetwork()) {
            return new Table("lr").row("class", "p_mem").row(classNames.get(label), Format.percent(cache[label]));
        }
        Table table = new Table("lrrrl").row("class", "p", "p_net", "p_mem");
        row(table, label, "");
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
                Format.percent(network[label]),
                Format.percent(cache[label]),
                note);
    }

    Map<String, Object> fields() {
        int label = label();
        List<Map<String, Object>> keys = new ArrayList<>();
        for (Neighbor key : nearest) {
            keys.add(Report.object(
                    "id", key.id(),
                    "keyName", key.name(),
                    "label", key.label(),
                    "name", classNames.get(key.label()),
                    "score", key.score(),
                    "share", key.share()));
        }
        Map<String, Object> fields = Report.object(
                "image", image.toString(),
                "label", label,
                "name", classNames.get(label),
                "probability", mixed(label),
                "cacheProbability", cache[label],
                "cacheLabel", cacheLabel(),
                "cacheName", classNames.get(cacheLabel()),
                "neighbors", keys);
        if (hasNetwork()) {
            fields.put("networkProbability", network[label]);
            fields.put("networkLabel", networkLabel());
            fields.put("networkName", classNames.get(networkLabel()));
        }
        return fields;
    }
}
