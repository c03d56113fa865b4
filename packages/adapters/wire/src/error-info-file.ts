/**
 * The description of google.rpc.ErrorInfo. In: nothing. Out: an encoded FileDescriptorProto with this message of
 * google/rpc/error_details.proto alone, so that tools that ask by reflection can show why a call was refused.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// The numbers are those of google/protobuf/descriptor.proto.
const file = { name: 1, package: 2, messageType: 4, syntax: 12 } as const;
const descriptor = { name: 1, field: 2, nestedType: 3, options: 7 } as const;
const fieldDescriptor = { name: 1, number: 3, label: 4, type: 5, typeName: 6, jsonName: 10 } as const;
const mapEntryOption = 7;
const [labelOptional, labelRepeated] = [1, 3];
const [typeString, typeMessage] = [9, 11];

/** The file, encoded. */
export function errorInfoFile(): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, file.name, 'google/rpc/error_details.proto');
  text(writer, file.package, 'google.rpc');
  nested(writer, file.messageType, (message) => {
    text(message, descriptor.name, 'ErrorInfo');
    stringField(message, 'reason', 1);
    stringField(message, 'domain', 2);
    nested(message, descriptor.field, (field) => {
      text(field, fieldDescriptor.name, 'metadata');
      number(field, fieldDescriptor.number, 3);
      number(field, fieldDescriptor.label, labelRepeated);
      number(field, fieldDescriptor.type, typeMessage);
      text(field, fieldDescriptor.typeName, '.google.rpc.ErrorInfo.MetadataEntry');
      text(field, fieldDescriptor.jsonName, 'metadata');
    });
    nested(message, descriptor.nestedType, (entry) => {
      text(entry, descriptor.name, 'MetadataEntry');
      stringField(entry, 'key', 1);
      stringField(entry, 'value', 2);
      nested(entry, descriptor.options, (options) => number(options, mapEntryOption, 1));
    });
  });
  text(writer, file.syntax, 'proto3');
  return writer.finish();
}

function stringField(message: BinaryWriter, name: string, fieldNumber: number): void {
  nested(message, descriptor.field, (field) => {
    text(field, fieldDescriptor.name, name);
    number(field, fieldDescriptor.number, fieldNumber);
    number(field, fieldDescriptor.label, labelOptional);
    number(field, fieldDescriptor.type, typeString);
    text(field, fieldDescriptor.jsonName, name);
  });
}

function nested(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void): void {
  writer.uint32((field << 3) | WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.uint32((field << 3) | WireType.LengthDelimited).string(value);
}

function number(writer: BinaryWriter, field: number, value: number): void {
  writer.uint32((field << 3) | WireType.Varint).int32(value);
}
