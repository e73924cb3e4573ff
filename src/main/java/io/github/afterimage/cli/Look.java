package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Neighbors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a cache model sees in one image.
 *
 * @param network the probabilities of the network alone, {@code (classes)}
 * @param cache those of the cache alone
 * @param neighbors the nearest keys of this one query, or null
 */
record Look(
        String image,
        List<String> names,
        Hyperparameters hyperparameters,
        float[] network,
        float[] cache,
        Neighbors neighbors) {

    private double mixed(int label) {
        return hyperparameters.mix(network[label], cache[label]);
    }

    private int best() {
        int best = 0;
        for (int label = 1; label < network.length; label++) {
            best = mixed(label) > mixed(best) ? label : best;
        }
        return best;
    }

    private static int best(float[] probabilities) {
        int best = 0;
        for (int label = 1; label < probabilities.length; label++) {
            best = probabilities[label] > probabilities[best] ? label : best;
        }
        return best;
    }

    List<String> lines() {
        int label = best();
        Table table = new Table("lrrrl").row("class", "p", "p_net", "p_mem");
        row(table, label, "");
        if (best(network) != label) {
            row(table, best(network), "the network's choice");
        }
        if (best(cache) != label) {
            row(table, best(cache), "the cache's choice");
        }
        List<String> lines = new ArrayList<>();
        lines.add(image + ": " + names.get(label));
        table.lines().forEach(line -> lines.add("  " + line));
        Table nearest = new Table("llr").row("nearest key", "class", "score");
        for (int place = 0; neighbors != null && place < neighbors.k(); place++) {
            nearest.row(
                    neighbors.id(0, place),
                    names.get(neighbors.label(0, place)),
                    String.format(Locale.ROOT, "%.4f", neighbors.score(0, place)));
        }
        if (neighbors != null) {
            nearest.lines().forEach(line -> lines.add("  " + line));
        }
        lines.add("");
        return lines;
    }

    private void row(Table table, int label, String note) {
        table.row(
                names.get(label),
                Format.percent(mixed(label)),
                Format.percent(network[label]),
                Format.percent(cache[label]),
                note);
    }

    Map<String, Object> fields() {
        int label = best();
        List<Map<String, Object>> nearest = new ArrayList<>();
        for (int place = 0; neighbors != null && place < neighbors.k(); place++) {
            nearest.add(Report.object(
                    "id", neighbors.id(0, place),
                    "label", neighbors.label(0, place),
                    "name", names.get(neighbors.label(0, place)),
                    "score", neighbors.score(0, place)));
        }
        return Report.object(
                "image", image,
                "label", label,
                "name", names.get(label),
                "probability", mixed(label),
                "networkProbability", network[label],
                "cacheProbability", cache[label],
                "networkLabel", best(network),
                "networkName", names.get(best(network)),
                "cacheLabel", best(cache),
                "cacheName", names.get(best(cache)),
                "neighbors", nearest);
    }
}
