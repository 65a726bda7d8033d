import type {
  ConversionReport,
  DeliveredObject,
  ErrorOutput,
  ObjectDestination,
  ObjectWriter,
} from "@tributary/simulator";

export interface RecordedObject extends DeliveredObject {
  readonly text: string;
  readonly tags: readonly string[];
}

/** Keeps in memory what a stream delivers. */
export class RecordingDestination implements ObjectDestination<string> {
  readonly objects: RecordedObject[] = [];
  readonly errors: ErrorOutput<string>[] = [];
  closing = 0;
  mostClosing = 0;

  constructor(
    private readonly behaviour: {
      readonly report?: (documents: readonly string[]) => ConversionReport | undefined;
      /** Awaited in every close. */
      readonly gate?: () => Promise<void>;
      readonly putErrorsLater?: boolean;
    } = {},
  ) {}

  open(): ObjectWriter<string> {
    const documents: string[] = [];
    const tags: string[] = [];
    return {
      append: (data, tag) => {
        documents.push(Buffer.from(data).toString());
        tags.push(tag);
      },
      close: async (object) => {
        this.mostClosing = Math.max(this.mostClosing, ++this.closing);
        await this.behaviour.gate?.();
        this.closing--;
        this.objects.push({ ...object, text: documents.join(""), tags });
        return this.behaviour.report?.(documents);
      },
    };
  }

  putError(output: ErrorOutput<string>): void | Promise<void> {
    this.errors.push(output);
    return this.behaviour.putErrorsLater ? Promise.resolve() : undefined;
  }

  get text(): string {
    return this.objects.map((object) => object.text).join("");
  }
}

/** The base64 data of an error document as text. */
export function rawText(output: ErrorOutput<string> | undefined): string {
  return Buffer.from(output?.document.rawData ?? "", "base64").toString();
}
