package io.github.afterimage.serve.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestReaderTest {
    private static InferenceRequest read(String json) {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return RequestReader.read(body, body.length);
    }

    @Test
    void readsFieldsInAnyOrderAndNestedData() {
        InferenceRequest request =
                read("{'outputs': [{'name': 'memory', 'parameters': {'classification': 3}}], 'extra': [{}],"
                        + "'inputs': [{'data': [[1, 2.5], [-3, 4e2]], 'shape': [2, 2], 'datatype': 'FP32', 'name': 'features'},"
                        + "{'name': 'files', 'shape': [2], 'datatype': 'BYTES', 'data': ['a', 'ä']}],"
                        + "'id': 'seven', 'parameters': {'coverage': 0.5, 'neighbors': 4, 'flag': true}}");
        assertThat(request.id()).isEqualTo("seven");
        assertThat(request.number("coverage")).contains(0.5);
        assertThat(request.count("neighbors", 1, 10)).isEqualTo(4);
        assertThat(request.count("absent", 1, 10)).isEqualTo(1);
        assertThat(request.input("features").orElseThrow().floats().array()).containsExactly(1, 2.5f, -3, 400);
        assertThat(request.input("files").orElseThrow().elements())
                .containsExactly("a".getBytes(StandardCharsets.UTF_8), "ä".getBytes(StandardCharsets.UTF_8));
        assertThat(request.outputs()).containsExactly(new InferenceRequest.Output("memory", false, 3));
    }

    @Test
    void nullsOfOptionalFieldsCountAsAbsent() {
        InferenceRequest request = read("{'id': null, 'parameters': null, 'outputs': null, 'inputs': [{'name': 'a',"
                + " 'datatype': 'FP32', 'shape': [1], 'parameters': {'content_type': null}, 'data': [1]}]}");
        assertThat(request.id()).isEmpty();
        assertThat(request.parameters()).isEmpty();
        assertThat(request.outputs()).isEmpty();
        assertThat(read("{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [0]}],"
                                + " 'outputs': [{'name': 'memory', 'parameters': null}], 'parameters': {'timeout': null}}")
                        .parameters())
                .isEmpty();
    }

    @Test
    void readsBinaryInputsInTheOrderOfTheRequest() {
        String json = "{\"inputs\": [{\"name\": \"a\", \"shape\": [3], \"datatype\": \"INT16\","
                + " \"parameters\": {\"binary_data_size\": 6}}, {\"name\": \"b\", \"shape\": [2], \"datatype\": \"BYTES\","
                + " \"parameters\": {\"binary_data_size\": 11}}], \"parameters\": {\"binary_data_output\": true},"
                + " \"outputs\": [{\"name\": \"memory\"}]}";
        ByteBuffer binary = ByteBuffer.allocate(17).order(ByteOrder.LITTLE_ENDIAN);
        binary.putShort((short) -1).putShort((short) 2).putShort((short) 300);
        binary.putInt(2).put((byte) 7).put((byte) 0).putInt(1).put((byte) -1);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json.getBytes(StandardCharsets.UTF_8));
        body.writeBytes(binary.array());
        InferenceRequest request = RequestReader.read(body.toByteArray(), json.length());
        assertThat(request.input("a").orElseThrow().floats().array()).containsExactly(-1, 2, 300);
        assertThat(request.input("b").orElseThrow().elements()).containsExactly(new byte[] {7, 0}, new byte[] {-1});
        assertThat(request.outputs().get(0).binary()).isTrue();
        assertThatThrownBy(() -> RequestReader.read(body.toByteArray(), json.length() + 1))
                .isInstanceOf(RequestException.class);
        assertThatThrownBy(() -> RequestReader.read(body.toByteArray(), 1000))
                .hasMessageContaining("Inference-Header-Content-Length 1000: expected the length of the JSON, at most");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[] | the request is a list: expected an object",
                "{'inputs': []} | the request has no inputs: expected at least one",
                "{'inputs': [1]} | an element of inputs is a whole number: expected an object",
                "{'inputs': [{'name': 'a'}]} | input a has no datatype",
                "{'inputs': [{'datatype': 'FP32', 'shape': [1]}]} | input without a name has no name",
                "{'inputs': [{'name': 'a', 'datatype': 'FP33'}]} | datatype FP33: expected one of [BOOL, UINT8",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [2], 'data': [1]}]} | input a holds 1 elements: expected 2",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [-1]}]} | shape has -1 at dimension 0",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [999999999, 999999999, 999999999], 'data': []}]} | elements",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [1], 'data': ['x']}]} | holds strings: expected numbers",
                "{'inputs': [{'name': 'a', 'datatype': 'BYTES', 'shape': [1], 'data': [1]}]} | holds numbers: expected strings",
                "{'inputs': [{'name': 'a', 'datatype': 'BYTES', 'shape': [2], 'data': ['x', 1]}]} | strings only",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [1], 'data': [null]}]} | data has null after 0 elements",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [1], 'parameters': {'binary_data_size': 4}}]} | binary_data_size 4",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [0]}, {'name': 'a', 'datatype': 'FP32', 'shape': [0]}]} | twice",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [1], 'data': [1], 'data': [2]}]} | field data is there twice",
                "{'id': 'a', 'id': null} | field id is there twice",
                "{'parameters': {'a': 1, 'a': 1}} | field a is there twice",
                "{'id': 7} | id is a whole number: expected a string",
                "{'parameters': {'a': [1]}} | parameter a is a list",
                "{'parameters': {'a': 99999999999999999999}} | the request is not JSON",
                "{'inputs' | the request is not JSON",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[ | expected an object",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [0]}]} x | the request is not JSON",
                "{'inputs': [{'name': 'a', 'datatype': 'FP32', 'shape': [0]}]} {} | there is more after the JSON",
            })
    void refusesWhatIsNoRequestWithASentence(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining(message)
                .extracting(e -> ((RequestException) e).status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, 1000, -128..127",
        "INT8, -129, -128..127",
        "UINT8, 256, 0..255",
        "UINT8, -1, 0..255",
        "INT16, 32768, -32768..32767",
        "INT32, 1e10, -2147483648..2147483647",
        "INT64, 1e30, ..9223372036854775807",
        "INT64, 1.5, ..9223372036854775807",
        "INT8, 0.5, -128..127",
        "UINT16, 65536, 0..65535",
        "UINT32, 4294967808, 0..4294967295",
        "UINT64, 1e20, 0..18446744073709551615",
        "BOOL, 2, 0..1"
    })
    void aNumberThatItsTypeDoesNotHaveIsRefused(String type, String number, String range) {
        String json = "{'inputs':[{'name':'x','datatype':'%s','shape':[2],'data':[1,%s]}]}".replace('\'', '"');
        assertThatThrownBy(() -> read(String.format(json, type, number)))
                .isInstanceOf(RequestException.class)
                .hasMessageStartingWith("element 1 of input x is ")
                .hasMessageContaining(range + ", the range of " + type);
    }

    @Test
    void theBoundsOfATypeAreRead() {
        String json = "{'inputs':[{'name':'x','datatype':'%s','shape':[2],'data':[%s]}]}".replace('\'', '"');
        for (String each : List.of(
                "INT8 -128,127",
                "UINT8 0,255",
                "INT16 -32768,32767",
                "FP32 0.5,1e30",
                "BOOL true,0",
                "UINT64 0,18446744073709551615")) {
            String[] parts = each.split(" ");
            assertThat(read(String.format(json, parts[0], parts[1])).inputs()).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BOOL, 0100, 1 0",
        "UINT16, ffff0100, 65535 1",
        "UINT32, ffffffff01000000, 4294967296 1",
        "UINT64, ffffffffffffffff0100000000000000, 18446744073709551616 1",
        "FP16, 00bc0038, -1 0.5",
        "BF16, c0bf803f, -1.5 1"
    })
    void bytesAreReadInEveryType(DataType type, String bytes, String values) {
        ByteBuffer source = ByteBuffer.wrap(java.util.HexFormat.of().parseHex(bytes));
        int count = bytes.length() / 2 / type.bytes();
        float[] read =
                RawValues.read("x", type, List.of(count), source).floats().array();
        String[] expected = values.split(" ");
        for (int i = 0; i < count; i++) {
            assertThat(read[i]).isEqualTo(Float.parseFloat(expected[i]));
        }
    }

    @Test
    void damagedRequestsNeverFailInAnotherWay() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] request =
                ("{\"id\":\"a\",\"parameters\":{\"coverage\":0.5},\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\","
                                + "\"shape\":[1,2],\"data\":[1,2]},{\"name\":\"y\",\"datatype\":\"BYTES\",\"shape\":[1],"
                                + "\"parameters\":{\"binary_data_size\":5}}],\"outputs\":[{\"name\":\"memory\"}]}\1\0\0\0x")
                        .getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = request.clone();
            for (int hits = random.nextInt(4); hits >= 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                RequestReader.read(damaged, request.length - 5);
            } catch (RequestException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
    }

    @Test
    void writesAnswersAsJsonAndAsBytes() {
        InferenceResponse response = new InferenceResponse(
                "m",
                "7",
                List.of(
                        Tensor.ofFloats("a", List.of(1, 2), new float[] {0.5f, 1}),
                        Tensor.ofBytes("c", List.of(2), List.of("x\"".getBytes(StandardCharsets.UTF_8), new byte[0]))));
        ResponseWriter.Body json = ResponseWriter.write(response, "1", output -> false, 1000);
        assertThat(json.isBinary()).isFalse();
        assertThat(new String(bytes(json.bytes()), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{'model_name':'m','model_version':'1','id':'7','outputs':[{'name':'a','datatype':'FP32','shape':[1,2],'data':[0.5,1.0]},"
                                        .replace('\'', '"')
                                + "{'name':'c','datatype':'BYTES','shape':[2],'data':['x".replace('\'', '"')
                                + "\\\"\",\"\"]}]}");
        ResponseWriter.Body binary = ResponseWriter.write(response, "1", output -> true, 1000);
        ByteBuffer values = ByteBuffer.wrap(bytes(binary.bytes()))
                .position((int) binary.jsonBytes())
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(values.remaining()).isEqualTo(8 + 4 + 2 + 4);
        assertThat(values.getFloat()).isEqualTo(0.5f);
        assertThat(values.getFloat()).isEqualTo(1);
        assertThat(values.getInt()).isEqualTo(2);
    }

    private static byte[] bytes(Parts parts) {
        ByteBuffer all = ByteBuffer.allocate((int) parts.size());
        parts.buffers().forEach(all::put);
        return all.array();
    }
}
