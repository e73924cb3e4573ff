package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/** Computes the definition in double precision and plain Java, for comparison with the other engines. */
public final class ReferenceEngine extends KeyEngine {
    public static final ReferenceEngine INSTANCE = new ReferenceEngine();

    private ReferenceEngine() {
        super("reference");
    }

    @Override
    public String description() {
        return "double precision, plain Java";
    }

    @Override
    boolean multipliesWithBlas() {
        return false;
    }

    @Override
    protected void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
        FloatBuffer maxima = partial.maxima();
        DoubleBuffer sums = partial.sums();
        forEachScore(keys, queries, workspace, (query, row, key, score) -> {
            maxima.put(query, Math.max(maxima.get(query), (float) score));
            int label = keys.label(row);
            double exponent = score - queries.reference(query);
            for (int t = 0; t < partial.thetas().length; t++) {
                int place = (t * queries.batch() + query) * partial.classes() + label;
                sums.put(place, sums.get(place) + Math.exp(partial.thetas()[t] * exponent));
            }
        });
    }

    @Override
    protected void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace) {
        forEachScore(
                keys,
                queries,
                workspace,
                (query, row, key, score) -> nearest.offer(query, (float) score, keys.firstRow() + row));
    }

    @Override
    protected void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {
        double[][] sums = new double[queries.batch()][keys.dim()];
        forEachScore(keys, queries, workspace, (query, row, key, score) -> {
            double factor = Math.exp(gradient.theta() * (score - queries.reference(query)))
                    * gradient.coefficients(query).get(keys.label(row));
            for (int i = 0; i < key.length; i++) {
                sums[query][i] += factor * key[i];
            }
        });
        for (int query = 0; query < sums.length; query++) {
            FloatBuffer target = gradient.sums(query);
            for (int i = 0; i < keys.dim(); i++) {
                target.put(i, target.get(i) + (float) sums[query][i]);
            }
        }
    }

    private interface ScoreVisitor {
        void visit(int query, long row, double[] key, double score);
    }

    private static void forEachScore(Keys keys, Queries queries, Workspace workspace, ScoreVisitor visitor) {
        double[] key = new double[keys.dim()];
        float[][] rows = new float[queries.batch()][keys.dim()];
        for (int query = 0; query < rows.length; query++) {
            queries.row(query).get(rows[query]);
        }
        for (long row = 0; row < keys.count(); row++) {
            workspace.checkCancelled();
            if (keys.isRemoved(row)) {
                continue;
            }
            keys.read(row, key);
            for (int query = 0; query < rows.length; query++) {
                double score = 0;
                for (int i = 0; i < key.length; i++) {
                    score += key[i] * rows[query][i];
                }
                visitor.visit(query, row, key, score);
            }
        }
    }
}
