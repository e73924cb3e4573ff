package example;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.classification.EmbeddingModelTextClassifier;
import dev.langchain4j.classification.ScoredLabel;
import dev.langchain4j.classification.TextClassifier;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.github.afterimage.Answer;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Compares classifiers of intents on CLINC150: {@code Comparison data_oos_plus.json}. Thresholds of refusal leave 5 % of the validation
 * texts without an answer.
 */
public final class Comparison {
    private static final double REFUSED = 0.05;

    private final Map<String, float[]> embedded = new HashMap<>();
    private final EmbeddingModel model = new Embedded();
    private final Map<String, Map<String, String>> data = new LinkedHashMap<>();

    /** A label and how sure it is. */
    private record Guess(String label, double score) {}

    /** Embeds each text once, so that times are those of the classifiers. */
    private final class Embedded implements EmbeddingModel {
        private final EmbeddingModel real = new AllMiniLmL6V2EmbeddingModel();

        @Override
        public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
            return Response.from(segments.stream()
                    .map(each -> Embedding.from(embedded.computeIfAbsent(
                            each.text(), text -> real.embed(text).content().vector())))
                    .toList());
        }
    }

    private Comparison(File file) throws IOException {
        Map<?, ?> parts = new ObjectMapper().readValue(file, Map.class);
        parts.forEach((part, rows) -> {
            Map<String, String> texts = new LinkedHashMap<>();
            ((List<?>) rows).forEach(row -> texts.put((String) ((List<?>) row).get(0), (String) ((List<?>) row).get(1)));
            data.put((String) part, texts);
        });
        long start = System.nanoTime();
        data.values().forEach(texts -> texts.keySet().forEach(model::embed));
        System.out.printf("%d texts, %.1f ms to embed one%n", embedded.size(), (System.nanoTime() - start) / 1e6 / embedded.size());
    }

    private void compare(int ofEach) {
        Map<String, List<String>> examples = new TreeMap<>();
        data.get("train").forEach((text, label) -> {
            List<String> known = examples.computeIfAbsent(label, each -> new ArrayList<>());
            if (known.size() < ofEach) {
                known.add(text);
            }
        });
        Map<String, String> texts = new LinkedHashMap<>();
        examples.forEach((label, all) -> all.forEach(text -> texts.put(text, label)));
        List<String> labels = List.copyOf(examples.keySet());
        System.out.printf("%n%d texts of each of %d intents%n", ofEach, labels.size());

        try (MemoryClassifier memory = new MemoryClassifier(model, texts, data.get("val"), 0.95, REFUSED)) {
            coverage(memory);
            measure("memory, novelty", text -> {
                Answer.Row row = memory.answer(text);
                return new Guess(labels.get(Math.min(row.best(), labels.size() - 1)), -row.novelty(null));
            });
            measure("memory, probability", text -> {
                Answer.Row row = memory.answer(text);
                return new Guess(labels.get(Math.min(row.best(), labels.size() - 1)), row.probability(row.best()));
            });
            List<String> taught = data.get("oos_train").keySet().stream().limit(10).toList();
            System.out.printf(
                    "memory: %.2f ms to learn an intent of 10 texts%n",
                    milliseconds(() -> taught.forEach(text -> memory.learn(text, "a new intent"))));
        }
        List<TextClassifier<String>> theirs = new ArrayList<>();
        System.out.printf(
                "EmbeddingModelTextClassifier: %.2f ms to learn all intents again%n",
                milliseconds(() -> theirs.add(new EmbeddingModelTextClassifier<>(model, examples))));
        measure("EmbeddingModelTextClassifier", text -> {
            ScoredLabel<String> best = theirs.get(0).classifyWithScores(text).scoredLabels().get(0);
            return new Guess(best.label(), best.score());
        });
        List<Map.Entry<String, String>> keys = List.copyOf(texts.entrySet());
        measure("10 nearest", text -> nearest(keys, text));
        double[][] weights = new double[labels.size()][model.dimension() + 1];
        System.out.printf("linear read-out: %.0f ms to learn all intents again%n", milliseconds(() -> train(weights, keys, labels)));
        measure("linear read-out", text -> {
            double[] p = probabilities(weights, vector(text));
            int best = best(p);
            return new Guess(labels.get(best), p[best]);
        });
    }

    private static double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private void coverage(MemoryClassifier memory) {
        int covered = 0;
        int refused = 0;
        int size = 0;
        for (Map.Entry<String, String> each : data.get("test").entrySet()) {
            List<String> set = memory.classify(each.getKey());
            covered += set.contains(each.getValue()) ? 1 : 0;
            refused += set.isEmpty() ? 1 : 0;
            size += set.size();
        }
        double n = data.get("test").size();
        System.out.printf(
                "sets of 0.95, %.1f %% refused or empty: %.2f %% of the others have the label, %.2f labels in the mean%n",
                100 * refused / n, 100 * covered / (n - refused), size / (n - refused));
    }

    private void measure(String name, Function<String, Guess> classifier) {
        double[] known = data.get("val").keySet().stream()
                .mapToDouble(text -> classifier.apply(text).score)
                .sorted()
                .toArray();
        double least = known[(int) (REFUSED * known.length)];
        int right = 0;
        int refused = 0;
        Map<String, String> test = data.get("test");
        for (Map.Entry<String, String> each : test.entrySet()) {
            Guess guess = classifier.apply(each.getKey());
            right += guess.label.equals(each.getValue()) ? 1 : 0;
            refused += guess.score < least ? 1 : 0;
        }
        long unknown = data.get("oos_test").keySet().stream()
                .filter(text -> classifier.apply(text).score < least)
                .count();
        List<String> timed = test.keySet().stream().limit(500).toList();
        System.out.printf(
                "%-30s %.2f %% right, %.2f %% of known and %.1f %% of unknown texts refused, %.3f ms an answer%n",
                name,
                100.0 * right / test.size(),
                100.0 * refused / test.size(),
                100.0 * unknown / data.get("oos_test").size(),
                milliseconds(() -> timed.forEach(classifier::apply)) / timed.size());
    }

    private float[] vector(String text) {
        return model.embed(text).content().vector();
    }

    private Guess nearest(List<Map.Entry<String, String>> keys, String text) {
        float[] query = vector(text);
        double[] scores = keys.stream().mapToDouble(key -> dot(vector(key.getKey()), query)).toArray();
        List<Integer> nearest = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .limit(10)
                .toList();
        Map<String, Double> votes = new LinkedHashMap<>();
        nearest.forEach(i -> votes.merge(keys.get(i).getValue(), scores[i], Double::sum));
        String best = Collections.max(votes.entrySet(), Map.Entry.comparingByValue()).getKey();
        return new Guess(best, nearest.stream().mapToDouble(i -> scores[i]).sum());
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Softmax regression by Adam; of eight moments, the one with the fewest errors on the validation texts. */
    private void train(double[][] weights, List<Map.Entry<String, String>> keys, List<String> labels) {
        int steps = 4_000;
        double[][] w = new double[weights.length][weights[0].length];
        double[][] mean = new double[weights.length][weights[0].length];
        double[][] square = new double[weights.length][weights[0].length];
        Random random = new Random(1);
        int fewest = Integer.MAX_VALUE;
        for (int step = 1; step <= steps; step++) {
            double[][] gradient = new double[w.length][w[0].length];
            for (int i = 0; i < 64; i++) {
                Map.Entry<String, String> key = keys.get(random.nextInt(keys.size()));
                float[] x = vector(key.getKey());
                double[] p = probabilities(w, x);
                p[labels.indexOf(key.getValue())] -= 1;
                for (int c = 0; c < w.length; c++) {
                    for (int d = 0; d < x.length; d++) {
                        gradient[c][d] += p[c] * x[d] / 64;
                    }
                    gradient[c][x.length] += p[c] / 64;
                }
            }
            double rate = 0.05 * (1 - (double) step / (steps + 1));
            for (int c = 0; c < w.length; c++) {
                for (int d = 0; d < w[c].length; d++) {
                    mean[c][d] = 0.9 * mean[c][d] + 0.1 * gradient[c][d];
                    square[c][d] = 0.999 * square[c][d] + 0.001 * gradient[c][d] * gradient[c][d];
                    double scale = Math.sqrt(square[c][d] / (1 - Math.pow(0.999, step))) + 1e-8;
                    w[c][d] -= rate * mean[c][d] / (1 - Math.pow(0.9, step)) / scale;
                }
            }
            if (step % (steps / 8) == 0) {
                int errors = 0;
                for (Map.Entry<String, String> each : data.get("val").entrySet()) {
                    errors += labels.get(best(probabilities(w, vector(each.getKey())))).equals(each.getValue()) ? 0 : 1;
                }
                if (errors < fewest) {
                    fewest = errors;
                    for (int c = 0; c < w.length; c++) {
                        weights[c] = w[c].clone();
                    }
                }
            }
        }
    }

    private static double[] probabilities(double[][] weights, float[] x) {
        double[] p = new double[weights.length];
        for (int c = 0; c < p.length; c++) {
            double sum = weights[c][x.length];
            for (int d = 0; d < x.length; d++) {
                sum += weights[c][d] * x[d];
            }
            p[c] = sum;
        }
        double greatest = Arrays.stream(p).max().orElseThrow();
        double total = Arrays.stream(p).map(value -> Math.exp(value - greatest)).sum();
        return Arrays.stream(p).map(value -> Math.exp(value - greatest) / total).toArray();
    }

    private static int best(double[] p) {
        int best = 0;
        for (int c = 1; c < p.length; c++) {
            best = p[c] > p[best] ? c : best;
        }
        return best;
    }

    public static void main(String[] arguments) throws IOException {
        Comparison comparison = new Comparison(new File(arguments[0]));
        for (int ofEach : new int[] {1, 5, 10, 25, 100}) {
            comparison.compare(ofEach);
        }
    }
}
