package io.github.afterimage.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Our side of {@code tools/peers.py}, which times its contenders in turns with this process. It makes the rows of {@link DataFiles},
 * prints {@code ready MACHINE} and then answers each line of its input: a batch with the seconds of that many queries, {@code
 * answers N} with the probabilities of the first N queries. {@code QueryServer SHAPE TYPE}
 */
public final class QueryServer {
    private QueryServer() {}

    /** @param args as above */
    public static void main(String[] args) throws IOException {
        Workload shape = Workload.valueOf(args[0]);
        SyntheticKeys keys = shape.keys();
        CacheIndexBuilder builder = new CacheIndexBuilder(shape.dim, shape.classes)
                .type(ElementType.named(args[1]))
                .threads(Machine.THREADS)
                .expectedKeys(shape.size);
        try (CacheIndex index = builder.build()) {
            keys.forEach(shape.size, (rows, labels) -> index.add(KeyBatch.of(rows, labels)));
            FloatBuffer queries = keys.queries(DataFiles.QUERIES);
            System.out.println("ready " + JSON.std.asString(Machine.describe()));
            answer(index, queries);
        }
    }

    private static void answer(CacheIndex index, FloatBuffer queries) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            int batch = Integer.parseInt(words[1]);
            Query query =
                    Query.of(queries.duplicate().limit(batch * index.dim())).thetas(ReferenceAnswer.THETA);
            long start = System.nanoTime();
            List<float[]> answer = all(index.answer(query));
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.println(words[0].equals("answers") ? text(answer) : seconds);
        }
    }

    private static List<float[]> all(Answer answer) {
        return rows(answer.batch(), row -> answer.row(row).probabilities());
    }

    private static List<float[]> rows(int batch, IntFunction<float[]> row) {
        return IntStream.range(0, batch).mapToObj(row).toList();
    }

    private static String text(List<float[]> rows) {
        StringJoiner text = new StringJoiner(" ");
        for (float[] row : rows) {
            for (float value : row) {
                text.add(Float.toString(value));
            }
        }
        return text.toString();
    }
}
