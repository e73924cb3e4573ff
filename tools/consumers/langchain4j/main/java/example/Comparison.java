package example;

import dev.langchain4j.classification.EmbeddingModelTextClassifier;
import dev.langchain4j.classification.ScoredLabel;
import dev.langchain4j.classification.TextClassifier;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.model.output.Response;
import example.EmbeddedTexts.LabelledText;
import io.github.afterimage.Answer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Compares classifiers of intents on CLINC150: {@code Comparison data_oos_plus.json FOLDER}. The folder keeps the embeddings, so that
 * times are those of the classifiers.
 */
public final class Comparison {
    private static final double REFUSED = 0.05;
    private static final int TIMED = 500;

    private final EmbeddedTexts texts;
    private final EmbeddingModel model;

    /** A label and how sure it is. */
    private record Guess(String label, double score) {}

    /** Looks embeddings up. */
    private record Embedded(EmbeddedTexts texts, EmbeddingModel real) implements EmbeddingModel {
        @Override
        public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
            return Response.from(segments.stream()
                    .map(each -> Embedding.from(texts.embeddings().get(each.text())))
                    .toList());
        }

        @Override
        public int dimension() {
            return real.dimension();
        }
    }

    private Comparison(File data, Path folder) throws IOException {
        EmbeddingModel real = new AllMiniLmL6V2EmbeddingModel();
        texts = EmbeddedTexts.of(data, Files.createDirectories(folder), real);
        model = new Embedded(texts, real);
        List<String> timed = names("test").subList(0, TIMED);
        System.out.printf("%.1f ms to embed a text%n", milliseconds(() -> timed.forEach(real::embed)) / TIMED);
    }

    private List<String> names(String part) {
        return texts.parts().get(part).stream().map(LabelledText::text).toList();
    }

    /** Gives the first texts of each intent. */
    private Map<String, String> texts(String part, int ofEach) {
        Map<String, Integer> counts = new TreeMap<>();
        Map<String, String> chosen = new LinkedHashMap<>();
        for (LabelledText each : texts.parts().get(part)) {
            if (counts.merge(each.label(), 1, Integer::sum) <= ofEach) {
                chosen.put(each.text(), each.label());
            }
        }
        return chosen;
    }

    private void compare(int ofEach) {
        Map<String, String> train = texts("train", ofEach);
        List<String> labels = train.values().stream().distinct().sorted().toList();
        System.out.printf("%n%d texts of each of %d intents%n", ofEach, labels.size());
        Map<String, List<String>> examples = new TreeMap<>();
        train.forEach((text, label) ->
                examples.computeIfAbsent(label, each -> new ArrayList<>()).add(text));
        TextClassifier<String> theirs = new EmbeddingModelTextClassifier<>(model, examples);
        measure(
                "EmbeddingModelTextClassifier",
                text -> {
                    ScoredLabel<String> best =
                            theirs.classifyWithScores(text).scoredLabels().get(0);
                    return new Guess(best.label(), best.score());
                },
                () -> new EmbeddingModelTextClassifier<>(model, examples)); // it learns by a new one with all texts
        try (MemoryClassifier memory =
                new MemoryClassifier(model, train, texts("val", Integer.MAX_VALUE), 0.95, REFUSED)) {
            Function<String, Guess> classifier = text -> {
                Answer.Row row = memory.answer(text);
                return new Guess(labels.get(row.best()), -row.novelty());
            };
            List<String> taught = List.copyOf(texts("oos_train", 10).keySet());
            describe(memory, labels);
            measure("memory", classifier, () -> taught.forEach(text -> memory.learn(text, "a new intent")));
            System.out.println("  with a new intent of ten texts:");
            describe(memory, labels);
        }
    }

    private static double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** Prints what the thresholds of tuning do, and the sets of the texts that are not refused. */
    private void describe(MemoryClassifier memory, List<String> labels) {
        double[] coverages = {0.9, 0.95};
        int[] covered = new int[coverages.length];
        int[] sizes = new int[coverages.length];
        List<LabelledText> known = texts.parts().get("test");
        int answered = 0;
        for (LabelledText each : known) {
            Answer.Row answer = memory.answer(each.text());
            if (answer.isFamiliar()) {
                answered++;
                for (int i = 0; i < coverages.length; i++) {
                    List<Integer> set = memory.set(answer, coverages[i]);
                    covered[i] += set.contains(labels.indexOf(each.label())) ? 1 : 0;
                    sizes[i] += set.size();
                }
            }
        }
        long refused = names("oos_test").stream()
                .filter(text -> !memory.answer(text).isFamiliar())
                .count();
        System.out.printf(
                "  tuned to refuse %.0f %%: %.2f %% of known and %.1f %% of unknown texts are refused%n",
                100 * REFUSED,
                100.0 * (known.size() - answered) / known.size(),
                100.0 * refused / names("oos_test").size());
        for (int i = 0; i < coverages.length; i++) {
            System.out.printf(
                    "  sets of %.2f: %.2f %% of the others have the label, %.2f labels in the mean%n",
                    coverages[i], 100.0 * covered[i] / answered, (double) sizes[i] / answered);
        }
    }

    /** @param learning learns another intent */
    private void measure(String name, Function<String, Guess> classifier, Runnable learning) {
        List<LabelledText> known = texts.parts().get("test");
        List<Guess> guesses =
                known.stream().map(each -> classifier.apply(each.text())).toList();
        int right = 0;
        for (int i = 0; i < known.size(); i++) {
            right += guesses.get(i).label.equals(known.get(i).label()) ? 1 : 0;
        }
        double[] scores = guesses.stream().mapToDouble(Guess::score).sorted().toArray();
        double least = scores[(int) (REFUSED * scores.length)];
        List<String> unknown = names("oos_test");
        long refused = unknown.stream()
                .filter(text -> classifier.apply(text).score < least)
                .count();
        double[] times = names("test").subList(0, TIMED).stream()
                .mapToDouble(text -> milliseconds(() -> classifier.apply(text)))
                .sorted()
                .toArray();
        System.out.printf(
                "%-30s %.2f %% right, %.1f %% of unknown texts refused with %.0f %% of the known, %.3f ms an answer, %.1f ms to learn%n",
                name,
                100.0 * right / known.size(),
                100.0 * refused / unknown.size(),
                100 * REFUSED,
                times[TIMED / 2],
                milliseconds(learning));
    }

    public static void main(String[] arguments) throws IOException {
        Comparison comparison = new Comparison(new File(arguments[0]), Path.of(arguments[1]));
        for (int ofEach : new int[] {1, 2, 5, 10, 20, 50, 100}) {
            comparison.compare(ofEach);
        }
    }
}
