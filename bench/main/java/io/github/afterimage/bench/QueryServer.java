package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.model.data.FeatureSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/**
 * Our side of {@code tools/peers.py}, which times its contenders in turns with this process. It reads the same files, prints
 * {@code ready MACHINE} and then answers each line of its input: a batch with the seconds of that many queries, {@code
 * probabilities N} with the probabilities of the first N queries. {@code QueryServer KEYS.npy QUERIES.npy CLASSES TYPE}
 */
public final class QueryServer {
    private static final int ROWS = 4096;

    private QueryServer() {}

    /** @param args as above */
    public static void main(String[] args) throws IOException {
        int classes = Integer.parseInt(args[2]);
        try (FeatureSet keys = FeatureSet.open("features:" + args[0]);
                CacheIndex index = CacheIndex.builder(keys.dim(), classes)
                        .type(ElementType.named(args[3]))
                        .threads(Machine.THREADS)
                        .expectedKeys(keys.size())
                        .build()) {
            add(keys, index);
            FloatBuffer queries;
            try (FeatureSet file = FeatureSet.open("features:" + args[1])) {
                queries = rows((int) file.size(), keys.dim());
                file.read(0, (int) file.size(), queries);
            }
            System.out.println("ready " + new com.fasterxml.jackson.jr.ob.JSON().asString(Machine.describe()));
            answer(index, queries.clear());
        }
    }

    private static FloatBuffer rows(int count, int dim) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count * dim, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private static void add(FeatureSet keys, CacheIndex index) throws IOException {
        int[] labels = keys.labels();
        FloatBuffer rows = rows(ROWS, keys.dim());
        for (int first = 0; first < keys.size(); first += ROWS) {
            int count = (int) Math.min(ROWS, keys.size() - first);
            rows.clear().limit(count * keys.dim());
            keys.read(first, count, rows);
            rows.clear().limit(count * keys.dim());
            index.add(rows, java.util.Arrays.copyOfRange(labels, first, first + count));
        }
    }

    private static void answer(CacheIndex index, FloatBuffer queries) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            int batch = Integer.parseInt(words[words.length - 1]);
            FloatBuffer asked = queries.duplicate().limit(batch * index.dim());
            if (words.length > 1) {
                System.out.println(text(index.query(asked, ReferenceAnswer.THETA)));
            } else {
                System.out.println(ContenderTimes.seconds(() -> index.query(asked, ReferenceAnswer.THETA)));
            }
        }
    }

    private static String text(Distributions answer) {
        StringJoiner text = new StringJoiner(" ");
        for (int query = 0; query < answer.batch(); query++) {
            for (int c = 0; c < answer.classes(); c++) {
                text.add(Float.toString(answer.probability(query, c)));
            }
        }
        return text.toString();
    }
}
