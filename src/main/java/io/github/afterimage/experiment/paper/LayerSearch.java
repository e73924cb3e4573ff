package io.github.afterimage.experiment.paper;

import io.github.afterimage.Tuner;
import io.github.afterimage.experiment.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds layers that make a good key together, which the paper left to future work: one layer after the other is added,
 * then left out or exchanged while that helps, then weighted. What helps is told by what is smoother than errors, of which
 * combinations differ in a handful only ({@link GridLoss}): the mean of -log p of the mixture on held-out examples, or soft
 * errors, at the best theta and lambda. Every layer's inner products are kept ({@link LayerScores}), so that a combination
 * costs neither a pass of the network nor a product.
 */
public final class LayerSearch {
    private static final double[] WEIGHTS = {0.5, 0.7, 1.4, 2};

    private final Settings settings;
    private final WorkFolder work;

    /** What a search makes least: soft errors, or the mean of -log p. */
    public enum By {
        MARGIN,
        LOSS
    }

    /**
     * What is asked for.
     *
     * @param candidates layers to choose from
     * @param most how many layers a combination may have
     * @param keys how many training examples are keys while searching, at the most
     * @param queries how many held-out examples are queries, at the most
     */
    public record Settings(
            List<String> candidates,
            Split.Rule rule,
            IndexRecipe recipe,
            int most,
            int keys,
            int queries,
            By by,
            double[] thetas,
            double[] lambdas) {}

    /**
     * A combination that was looked at.
     *
     * @param value of what the search makes least, the best on the grid, at theta and lambda
     * @param softErrors the least on the grid, wherever that is, and likewise the others
     * @param logLoss the mean of -log p
     */
    public record Trial(
            String layers,
            double value,
            double softErrors,
            double logLoss,
            long errors,
            double theta,
            double lambda,
            long cacheErrors) {}

    /**
     * What was found.
     *
     * @param rounds the best of each number of layers, then what exchanges and weights made of it
     * @param singles each candidate alone
     * @param unweighted the best combination with weights of 1
     * @param networkValue of what the search makes least, for the network alone
     * @param best the best of all
     * @param fewestErrors the one that a search by errors would take of those that were tried
     */
    public record Outcome(
            long keys,
            long queries,
            long networkErrors,
            double networkValue,
            int trials,
            List<Trial> singles,
            List<Trial> rounds,
            Trial unweighted,
            Trial best,
            Trial fewestErrors) {}

    /** How a combination does on the test examples, with theta and lambda tuned as the paper did. */
    public record Tested(
            String layers,
            long keys,
            long examples,
            double theta,
            double lambda,
            double networkError,
            double mixedError,
            double cacheError) {}

    /** All of them. */
    public record Test(List<Tested> combinations) {}

    public LayerSearch(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /** Computes what the work folder does not have. */
    public Outcome run(DataSource source, Progress progress) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(source.identity());
        all.put("candidates", settings.candidates);
        all.put("by", settings.by.name());
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("keys", settings.recipe.text());
        all.put("most", settings.most);
        all.put("searchKeys", settings.keys);
        all.put("searchQueries", settings.queries);
        all.put("thetas", Arrays.toString(settings.thetas));
        all.put("lambdas", Arrays.toString(settings.lambdas));
        return work.part(
                "search", all, Outcome.class, () -> search(new SearchedLayers(settings).scores(source, progress)));
    }

    /** Tests combinations, all in the same passes over the images. */
    public List<Tested> test(
            DataSource source, List<KeyLayers> combinations, double[] thetas, double[] lambdas, Progress progress)
            throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(source.identity());
        all.put("layers", combinations.stream().map(KeyLayers::toString).toList());
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("keys", settings.recipe.text());
        all.put("thetas", Arrays.toString(thetas));
        all.put("lambdas", Arrays.toString(lambdas));
        return work.part("combinations", all, Test.class, () -> {
                    List<String> names = combinations.stream()
                            .flatMap(key -> key.names().stream())
                            .distinct()
                            .toList();
                    try (DataSource.Opened opened = source.open(names)) {
                        Split split = settings.rule.of(opened.training(), opened.rows(), opened.test());
                        List<Columns> columns = combinations.stream()
                                .map(key -> Columns.of(key, names, opened.sizes()))
                                .toList();
                        List<Candidate.Outcome> found = Candidate.run(
                                columns,
                                split,
                                new Candidate.Settings(settings.recipe, null, thetas, lambdas),
                                progress);
                        return new Test(IntStream.range(0, found.size())
                                .mapToObj(i -> tested(combinations.get(i), found.get(i)))
                                .toList());
                    }
                })
                .combinations();
    }

    private static Tested tested(KeyLayers key, Candidate.Outcome found) {
        if (found.problem() != null) {
            throw new IllegalArgumentException("layers " + key + " cannot be a key: " + found.problem());
        }
        return new Tested(
                key.toString(),
                found.keys(),
                found.examples(),
                found.theta(),
                found.lambda(),
                found.networkError(),
                found.mixedError(),
                found.cacheError());
    }

    private Outcome search(LayerScores scores) {
        Map<String, Trial> tried = new LinkedHashMap<>();
        List<Trial> singles = settings.candidates.stream()
                .map(candidate -> trial(scores, KeyLayers.of(List.of(candidate)), tried))
                .toList();
        List<Trial> rounds = new ArrayList<>();
        Trial last = least(singles);
        rounds.add(last);
        for (int count = 2; count <= Math.min(settings.most, settings.candidates.size()); count++) {
            List<String> chosen = KeyLayers.parse(last.layers).names();
            last = least(settings.candidates.stream()
                    .filter(candidate -> !chosen.contains(candidate))
                    .map(candidate -> trial(scores, inOrder(chosen, null, candidate), tried))
                    .toList());
            rounds.add(last);
        }
        Trial unweighted = exchanged(scores, least(rounds), rounds, tried);
        Trial best = weighted(scores, unweighted, tried);
        if (best != unweighted) {
            rounds.add(best);
        }
        Tuner any = scores.tune(KeyLayers.parse(best.layers), settings.thetas, settings.lambdas)
                .errors();
        return new Outcome(
                scores.keys(),
                any.examples(),
                Math.round(any.networkError() * any.examples()),
                value(scores.network()).mean(),
                tried.size(),
                singles,
                rounds,
                unweighted,
                best,
                tried.values().stream()
                        .min(Comparator.comparingLong(Trial::errors).thenComparingDouble(Trial::value))
                        .orElseThrow());
    }

    private static Trial least(List<Trial> trials) {
        return trials.stream().min(Comparator.comparingDouble(Trial::value)).orElseThrow();
    }

    /** Leaves a layer out, or takes another for it, while that makes it better. */
    private Trial exchanged(LayerScores scores, Trial first, List<Trial> rounds, Map<String, Trial> tried) {
        Trial best = first;
        while (true) {
            List<String> chosen = KeyLayers.parse(best.layers).names();
            List<Trial> neighbours = new ArrayList<>();
            for (String out : chosen) {
                if (chosen.size() > 1) {
                    neighbours.add(trial(scores, inOrder(chosen, out, null), tried));
                }
                for (String in : settings.candidates) {
                    if (!chosen.contains(in)) {
                        neighbours.add(trial(scores, inOrder(chosen, out, in), tried));
                    }
                }
            }
            if (neighbours.isEmpty() || least(neighbours).value >= best.value) {
                return best;
            }
            best = least(neighbours);
            rounds.add(best);
        }
    }

    /** One layer's weight after the other. */
    private Trial weighted(LayerScores scores, Trial unweighted, Map<String, Trial> tried) {
        Trial best = unweighted;
        List<String> names = KeyLayers.parse(unweighted.layers).names();
        for (int layer = 0; names.size() > 1 && layer < names.size(); layer++) {
            for (double weight : WEIGHTS) {
                List<Double> weights =
                        new ArrayList<>(KeyLayers.parse(best.layers).weights());
                weights.set(layer, weight);
                Trial trial = trial(scores, new KeyLayers(names, weights), tried);
                best = trial.value < best.value ? trial : best;
            }
        }
        return best;
    }

    /** The chosen layers without one and with another, in the order of the candidates. */
    private KeyLayers inOrder(List<String> chosen, String out, String in) {
        return KeyLayers.of(settings.candidates.stream()
                .filter(name -> !name.equals(out) && (chosen.contains(name) || name.equals(in)))
                .toList());
    }

    private Trial trial(LayerScores scores, KeyLayers layers, Map<String, Trial> tried) {
        return tried.computeIfAbsent(layers.toString(), text -> {
            LayerScores.Result result = scores.tune(layers, settings.thetas, settings.lambdas);
            GridLoss.Point value = value(result.loss());
            long examples = result.errors().examples();
            return new Trial(
                    text,
                    value.mean(),
                    result.loss().leastSoftError().mean() * examples,
                    result.loss().leastLogLoss().mean(),
                    Math.round(result.errors().best().error() * examples),
                    value.hyperparameters().theta(),
                    value.hyperparameters().lambda(),
                    Math.round(result.errors().bestCacheOnly().error() * examples));
        });
    }

    private GridLoss.Point value(GridLoss loss) {
        return settings.by == By.LOSS ? loss.leastLogLoss() : loss.leastSoftError();
    }
}
